import type { Static, TSchema } from 'typebox';
import type { ConfigKind } from '../../config/check/check.ts';
import { fitOf } from '../../config/check/shape.ts';
import { documentFor } from '../../config/overlay.ts';
import type { Release } from '../../config/release.ts';
import { Deadline, within } from '../../platform/deadline.ts';
import type { LiveSwitch } from './live.ts';

/** Brings a release to life: at boot, and at every switch. Of several orders the latest counts. */
export interface Switching {
  /**
   * Calls back at once when the live object is warm, and never when another order came meanwhile. `error`:
   * why nothing was swapped.
   */
  switchTo(release: Release | null, done: (error?: unknown) => void): void;
  /** What was ordered last is not wanted any more. */
  overtake(): void;
}

export function createSwitching<Schema extends TSchema, Live>(options: {
  kind: ConfigKind<Schema>;
  environment: string;
  defaults: Static<Schema>;
  lives: LiveSwitch<Static<Schema>, Live>;
  build: (document: Static<Schema>, signal: AbortSignal) => Live | Promise<Live>;
  retire: (live: Live) => void;
  withinMs: number;
  /** What was proved by an earlier version has values that this one would not take. */
  outside: (hash: string, keys: readonly string[]) => void;
}): Switching {
  const { lives } = options;
  let latest = new AbortController();

  const overtake = (): AbortSignal => {
    latest.abort();
    latest = new AbortController();
    return latest.signal;
  };
  const documentOf = (release: Release | null): Static<Schema> => {
    if (release === null) return options.defaults;
    const fit = fitOf(options.kind.schema, documentFor(release.content, options.environment));
    if (fit === undefined) throw new Error('the document fails its own schema');
    if (fit.outside.length > 0) options.outside(release.hash, fit.outside);
    return fit.document;
  };
  const buildFrom = async (release: Release | null, document: Static<Schema>, signal: AbortSignal) => {
    const live = await options.build(document, signal);
    // Too late: nobody waits for it any more.
    if (signal.aborted) options.retire(live);
    else lives.keep(release?.hash ?? null, document, live);
    signal.throwIfAborted();
  };
  /** Settles when the latest order is another one, too, whatever the service's code is waiting for. */
  const warmUp = async (release: Release | null, overtaken: AbortSignal): Promise<void> => {
    const document = documentOf(release);
    await within(Deadline.in(options.withinMs), 'building the live object', (late) => {
      const signal = AbortSignal.any([overtaken, late]);
      const stopped = new Promise<never>((_, reject) => {
        overtaken.addEventListener('abort', () => reject(overtaken.reason), { once: true });
      });
      return Promise.race([buildFrom(release, document, signal), stopped]);
    });
  };

  return {
    switchTo(release, done) {
      const hash = release?.hash ?? null;
      const overtaken = overtake();
      if (lives.isWarm(hash)) {
        lives.swap(hash);
        return done();
      }
      // After this order is carried out: the service's code may block, and what it blocks must be known by
      // then.
      Promise.resolve()
        .then(() => warmUp(release, overtaken))
        .then(
          () => {
            if (overtaken.aborted) return;
            lives.swap(hash);
            done();
          },
          (error: unknown) => {
            if (!overtaken.aborted) done(error ?? new Error('it threw nothing'));
          },
        );
    },
    overtake: () => void overtake(),
  };
}
