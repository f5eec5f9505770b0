import { type AlarmEvent, type AlarmPolicy, type AlarmState, type Effect, step } from '../alarm/step.ts';
import type { Detection, Heartbeat, ProbeResult, Reading } from '../detect/reading.ts';
import { BoundedQueue, type QueueState } from '../loop/bounded-queue.ts';
import type { Detector } from './detectors.ts';

export interface DecideOptions {
  readonly detectors: readonly Detector[];
  readonly policy: AlarmPolicy;
  /** Steady ms. */
  readonly now: () => number;
  /** What the journal says was open when the process before ended. */
  readonly state: AlarmState;
  /** Who should be heard of, at this instant. */
  readonly heartbeats: () => readonly Heartbeat[];
  readonly effect: (effect: Effect) => void;
}

const MOST_WAITING = 20_000;

/**
 * The loop of decisions: takes what the checks found, asks the detectors, and steps the alarms. It waits for
 * nothing: no disk, no network.
 */
export class Decisions {
  readonly #options: DecideOptions;
  readonly #probes = new BoundedQueue<ProbeResult>('decide probes', MOST_WAITING);
  readonly #readings = new BoundedQueue<Reading>('decide readings', MOST_WAITING);
  #state: AlarmState;

  constructor(options: DecideOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  probed(result: ProbeResult): void {
    this.#probes.put(result);
  }

  read(reading: Reading): void {
    this.#readings.put(reading);
  }

  /** Looks at all that came in since the last look. */
  tick(): void {
    const { detectors, now, heartbeats } = this.#options;
    const at = now();
    const facts = {
      at,
      probes: this.#probes.take(),
      readings: this.#readings.take(),
      heartbeats: heartbeats(),
    };
    const detections: Detection[] = detectors.flatMap((detector) => [...detector(facts)]);
    if (detections.length > 0) this.#step({ type: 'detected', detections }, at);
    this.#step({ type: 'tick' }, at);
  }

  /** What somebody says of an alarm. `false`: there is no open one of this id. */
  order(event: Exclude<AlarmEvent, { type: 'detected' | 'tick' }>): boolean {
    if (!this.open().some(({ id }) => id === event.id)) return false;
    this.#step(event, this.#options.now());
    return true;
  }

  open() {
    return [...this.#state.open.values()];
  }

  states(): readonly QueueState[] {
    const { open, dropped } = this.#state;
    const { mostOpen } = this.#options.policy;
    return [
      this.#probes.state(),
      this.#readings.state(),
      { name: 'alarms', depth: open.size, bound: mostOpen, dropped },
    ];
  }

  #step(event: AlarmEvent, at: number): void {
    const { state, effects } = step(this.#state, event, at, this.#options.policy);
    this.#state = state;
    effects.forEach(this.#options.effect);
  }
}
