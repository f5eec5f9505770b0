import type { Heartbeat, Reading } from '../detect/reading.ts';
import { type CountsView, readingsOf } from './counts.ts';

/** A process of what is watched, as its supervisor or the settings file names it. */
export interface Instance {
  readonly name: string;
  readonly service: string;
  readonly cell: string | null;
  /** Base URL of its admin port; `null`: it has none yet. */
  readonly admin: string | null;
  /** Whether it should answer: a process that is restarted is given time. */
  readonly ready: boolean;
}

export interface BookOptions {
  /** Steady ms. */
  readonly now: () => number;
  /** Called when an instance serves with another release than before. */
  readonly released: (instance: Instance, before: string | null, after: string) => void;
}

interface Known {
  readonly instance: Instance;
  readonly answeredAt: number;
  readonly looked: CountsView | undefined;
  /** The view at the last reading. */
  readonly read: CountsView | undefined;
}

/** One that should answer may be silent for so long … */
const SILENT_MS = 2_000;
/** … and one that is started or restarted for so long, ms. */
const STARTS_MS = 60_000;
const MOST = 2_000;

/** Which instances there are, when each last answered, and what each has counted. */
export class InstanceBook {
  readonly #options: BookOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: BookOptions) {
    this.#options = options;
  }

  /** All that one source knows now: what it names no more has left. */
  named(source: string, instances: readonly Instance[]): void {
    const keys = new Set(instances.slice(0, MOST).map(({ name }) => `${source} ${name}`));
    for (const key of this.#known.keys())
      if (key.startsWith(`${source} `) && !keys.has(key)) this.#known.delete(key);
    for (const instance of instances.slice(0, MOST)) {
      const key = `${source} ${instance.name}`;
      const before = this.#known.get(key);
      const isBack = instance.ready && before?.instance.ready === false;
      const answeredAt = before === undefined || isBack ? this.#options.now() : before.answeredAt;
      this.#known.set(key, { looked: undefined, read: undefined, ...before, instance, answeredAt });
    }
  }

  all(): readonly { readonly key: string; readonly instance: Instance }[] {
    return [...this.#known].map(([key, { instance }]) => ({ key, instance }));
  }

  answered(key: string, view: CountsView): void {
    const known = this.#known.get(key);
    if (known === undefined) return;
    const before = known.looked?.release ?? null;
    if (view.release !== before) this.#options.released(known.instance, before, view.release);
    this.#known.set(key, { ...known, answeredAt: this.#options.now(), looked: view });
  }

  /** What came in since it was asked last. */
  readings(): readonly Reading[] {
    const readings: Reading[] = [];
    for (const [key, known] of this.#known) {
      const { instance, looked, read } = known;
      if (looked === undefined || looked === read) continue;
      readings.push(...readingsOf(instance, looked, read));
      this.#known.set(key, { ...known, read: looked });
    }
    return readings;
  }

  heartbeats(): readonly Heartbeat[] {
    return [...this.#known.values()]
      .filter(({ instance }) => instance.admin !== null)
      .map(({ instance, answeredAt }) => ({
        subject: instance.name,
        lastAt: answeredAt,
        withinMs: instance.ready ? SILENT_MS : STARTS_MS,
      }));
  }
}
