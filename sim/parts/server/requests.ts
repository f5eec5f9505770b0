import { endingNames } from '../../../src/agent/endings/names.ts';
import type { CounterWriter, Outcome } from '../../../src/agent/thread/counters.ts';
import { classOf } from '../../../src/rollout/gate/endings.ts';
import type { Chance } from '../../chance.ts';
import type { Behaviour } from '../../events/behaviour.ts';
import type { See } from '../../seen.ts';
import type { Settings } from '../../settings.ts';
import type { Clock } from '../clock.ts';

/** What simulated instances count beside outcomes; see `events/behaviour.ts`. */
export const endings = endingNames({
  request: ['invalid_field', 'switched_off'],
  callback: ['refused'],
});

const OVERDUE_BUDGET = 8;

export interface RequestOptions {
  readonly instance: string;
  readonly clock: Clock;
  readonly chance: Chance;
  /** What is left to chance in how requests end that nobody here failed: numbers of its own. */
  readonly endings: Chance;
  readonly settings: Settings;
  readonly see: See;
  readonly behaviourOf: (hash: string | null) => Behaviour;
  /** Whether the instance reports health whatever happens. */
  readonly lies: () => boolean;
  readonly counters: CounterWriter;
}

/**
 * The requests and probes of one process, which end as the release has it. Owns since when they were counted.
 * Woken whenever somebody looks at the counts. It must never count for a process that does not serve.
 */
export function createRequests({ clock, chance, settings, see, counters, ...options }: RequestOptions) {
  let countedAt = clock.now;
  let since = clock.now;

  /** How one ended, as far as it is counted; returns how it really ended. */
  function one(stretch: number, { outcome, endsOtherwise }: Behaviour, probe: boolean): Outcome {
    const truth = outcome(chance, clock.now - since, probe);
    const counted = options.lies() ? 'good' : truth;
    if (probe) {
      counters.countProbe(stretch, counted);
      return truth;
    }
    const kind = truth === 'good' ? endsOtherwise(options.endings) : undefined;
    const felt = options.lies() ? undefined : kind;
    const isRefused = felt !== undefined && classOf(felt) === 'request';
    if (truth === 'good') {
      const names = isRefused ? ['request', felt] : ['request', 'callback', ...(felt ? [felt] : [])];
      for (const name of names) counters.countEnding(stretch, endings.indexOf(name));
    }
    // What is refused is neither good nor bad.
    if (!isRefused) counters.count(stretch, counted);
    return truth;
  }

  return {
    /** Another stretch begins. */
    begin(): void {
      since = clock.now;
      counters.overdue(0, OVERDUE_BUDGET);
    },
    /** Since the switch, ms. */
    get ageMs(): number {
      return clock.now - since;
    },
    /** The requests that ended since this was asked last. `serves`: `undefined` when nothing does. */
    end(serves: { readonly hash: string | null; readonly stretch: number } | undefined): void {
      const seconds = (clock.now - countedAt) / 1_000;
      countedAt = clock.now;
      if (serves === undefined || seconds === 0) return;
      const { hash, stretch } = serves;
      const behaviour = options.behaviourOf(hash);
      const requests = chance.count(settings.rps * seconds);
      const probes = chance.count(settings.probesPerSecond * seconds);
      const ends = Array.from({ length: requests + probes }, (_, at) =>
        one(stretch, behaviour, at >= requests),
      );
      counters.overdue(ends.filter((end) => end === 'deadline').length, OVERDUE_BUDGET);
      const bad = ends.filter((end) => end !== 'good').length;
      if (ends.length > 0)
        see({ type: 'requests_ended', instance: options.instance, hash, count: ends.length, bad });
    },
  };
}

export type Requests = ReturnType<typeof createRequests>;
