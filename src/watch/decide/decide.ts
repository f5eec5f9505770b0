import type { Alarm } from '../alarm/alarm.ts';
import { type AlarmEvent, type AlarmPolicy, type AlarmState, type Effect, step } from '../alarm/step.ts';
import type { Detection, Heartbeat, ProbeResult, Reading, Severity } from '../detect/reading.ts';
import { type DetectState, step as detect, startDetect } from '../detect/step.ts';
import { BoundedQueue, type QueueState } from '../loop/bounded-queue.ts';

export interface DecideOptions {
  readonly policy: AlarmPolicy;
  /** Steady ms. */
  readonly now: () => number;
  /** What the journal says was open when the process before ended. */
  readonly state: AlarmState;
  /** What an earlier process had learnt of traffic. */
  readonly learnt: DetectState | undefined;
  /** Who should be heard of, at this instant. */
  readonly heartbeats: () => readonly Heartbeat[];
  /** What instances did since the last call. */
  readonly readings: () => readonly Reading[];
  /** How much an alarm of a target matters; `undefined`: as the detector says. */
  readonly severityOf: (subject: string) => Severity | undefined;
  readonly effect: (effect: Effect) => void;
}

const MOST_WAITING = 20_000;
/** What the detectors of traffic count in: ticks of about a second. */
const TRAFFIC_TICK_MS = 1_000;

/**
 * The loop of decisions: takes what the checks found, asks the detectors, and steps the alarms. It waits for
 * nothing: no disk, no network. Probes and heartbeats are judged at every tick, traffic once a second, by two
 * states of the same detectors.
 */
export class Decisions {
  readonly #options: DecideOptions;
  readonly #probes = new BoundedQueue<ProbeResult>('decide', MOST_WAITING);
  #alarms: AlarmState;
  #quick: DetectState;
  #traffic: DetectState;
  #trafficAt: number;

  constructor(options: DecideOptions) {
    this.#options = options;
    this.#alarms = options.state;
    const at = options.now();
    this.#quick = startDetect(at);
    this.#traffic = options.learnt ?? startDetect(at);
    this.#trafficAt = at;
  }

  probed(result: ProbeResult): void {
    this.#probes.put(result);
  }

  /** Looks at all that came in since the last look. */
  tick(): void {
    const { now, heartbeats, readings } = this.#options;
    const at = now();
    const quick = detect(this.#quick, { at, probes: this.#probes.take(), heartbeats: heartbeats() });
    this.#quick = quick.state;
    const detections = [...quick.detections];
    if (at - this.#trafficAt >= TRAFFIC_TICK_MS) {
      this.#trafficAt = at;
      const traffic = detect(this.#traffic, { at, readings: readings() });
      this.#traffic = traffic.state;
      detections.push(...traffic.detections);
    }
    if (detections.length > 0)
      this.#step({ type: 'detected', detections: detections.map((one) => this.#weighed(one)) }, at);
    this.#step({ type: 'tick' }, at);
  }

  /** What somebody says of an alarm. `false`: there is no open one of this id. */
  order(event: Exclude<AlarmEvent, { type: 'detected' | 'tick' }>): boolean {
    if (!this.open().some(({ id }) => id === event.id)) return false;
    this.#step(event, this.#options.now());
    return true;
  }

  open(): readonly Alarm[] {
    return [...this.#alarms.open.values()];
  }

  /** For the next process. */
  learnt(): DetectState {
    return this.#traffic;
  }

  states(): readonly QueueState[] {
    const { open, dropped } = this.#alarms;
    const alarms = { name: 'alarms', depth: open.size, bound: this.#options.policy.mostOpen, dropped };
    return [this.#probes.state(), alarms];
  }

  /** A target that the settings call a ticket pages nobody. */
  #weighed(detection: Detection): Detection {
    const { subject, severity } = detection;
    const own = subject === undefined ? undefined : this.#options.severityOf(subject);
    return severity === 'page' && own !== undefined ? { ...detection, severity: own } : detection;
  }

  #step(event: AlarmEvent, at: number): void {
    const { state, effects } = step(this.#alarms, event, at, this.#options.policy);
    this.#alarms = state;
    effects.forEach(this.#options.effect);
  }
}
