import { defaultGatePolicy, type Outcomes } from '../gate/gate.ts';
import { newRollout, step } from '../machine/machine.ts';
import type { Beat, RolloutEffect, RolloutEvent, RolloutPolicy, RolloutState } from '../machine/state.ts';
import { defaultWavePolicy, type Member } from '../plan/waves.ts';

export const NEW = 'sha256:new';
export const OLD = 'sha256:old';

const quick = { excessBadRate: 0.05, missChance: 0.05, minMs: 3_000, deadlineMs: 20_000 };
export const policy: RolloutPolicy = {
  waves: { ...defaultWavePolicy, first: quick, middle: quick, bake: { ...quick, minMs: 5_000 }, rest: quick },
  gate: defaultGatePolicy,
  people: 2,
  confirmWaves: false,
  testMs: 30_000,
  takeMs: 5_000,
  patienceMs: 60_000,
  repeatMs: 1_000,
  windowMs: 500,
};

export const well = { stalledMs: 0, overdue: 0, overdueBudget: 5, failedProbesInARow: 0 };
const NONE: Outcomes = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };
export const members = (prefix: string, count: number): Member[] =>
  Array.from({ length: count }, (_, index) => ({ instance: `${prefix}-${index + 1}`, cell: 'a' }));

export type Mood = 'well' | 'silent' | 'failing' | 'stalled' | 'deaf';

/**
 * Instances that obey, and a rollout that leads them: the smallest world the machine can
 * live in.
 */
export class World {
  state: RolloutState;
  now = 1_000_000;
  /** Everything that was ever decided. */
  readonly effects: RolloutEffect[] = [];
  readonly serves = new Map<string, string>();
  readonly moods = new Map<string, Mood>();
  #seq = 0;
  readonly #targets: number;

  constructor(targets = 6, change: Partial<RolloutPolicy> = {}) {
    this.state = newRollout({
      id: 'r-1',
      hash: NEW,
      undoTo: OLD,
      author: 'wanjiru',
      policy: { ...policy, ...change },
    });
    for (const { instance } of [...members('test', 2), ...members('api', targets)])
      this.serves.set(instance, OLD);
    this.#targets = targets;
  }

  submit(): this {
    const traffic = { rps: 40, probes: 20, deadlineMs: 1_000, lagMs: 500, maxWaitingPerInstance: 4 };
    const target = members('api', this.#targets);
    this.send({ type: 'submit', testing: members('test', 2), target, traffic });
    const tallies = Object.fromEntries(target.map(({ instance }) => [instance, { good: 500, bad: 1 }]));
    return this.send({ type: 'baseline', tallies, traffic });
  }

  tested(): this {
    for (const { instance } of members('test', 2)) {
      this.send({ type: 'receipt', instance, passed: true, cause: '' });
    }
    return this;
  }

  approved(breakGlass = false): this {
    this.send({ type: 'approve', person: 'amina', breakGlass });
    return this.send({ type: 'approve', person: 'baraka', breakGlass });
  }

  /** Sends one event; instances that get an order carry it out and answer. */
  send(event: RolloutEvent): this {
    const { state, effects } = step(this.state, event, this.now);
    this.state = state;
    this.effects.push(...effects);
    for (const effect of effects) this.#obey(effect);
    return this;
  }

  /** Time goes on in beats of 250 ms, with traffic. */
  run(ms: number): this {
    for (let beat = 0; beat < ms / 250; beat++) {
      this.now += 250;
      const awake = [...this.serves].filter(
        ([instance]) => !['silent', 'deaf'].includes(this.mood(instance)),
      );
      this.send({ type: 'beats', beats: awake.map(([instance, hash]) => this.#beat(instance, hash)) });
      const reports = awake.map(([instance, hash]) => {
        const failing = this.mood(instance) === 'failing' && hash === NEW;
        const live = { ...NONE, [failing ? 'error' : 'good']: 5 };
        return { instance, seq: this.#next(), hash, live, probes: { ...NONE, good: 5 } };
      });
      this.send({ type: 'outcomes', reports });
      this.send({ type: 'tick' });
    }
    return this;
  }

  /** Runs until the phase is the one asked for, or a minute has passed. */
  until(at: RolloutState['phase']['at']): this {
    for (let beat = 0; beat < 240 && this.state.phase.at !== at; beat++) this.run(250);
    return this;
  }

  having(hash: string): string[] {
    return [...this.serves].flatMap(([instance, served]) => (served === hash ? [instance] : [])).toSorted();
  }

  mood(instance: string): Mood {
    return this.moods.get(instance) ?? 'well';
  }

  get reason(): string {
    return 'reason' in this.state.phase ? this.state.phase.reason : '';
  }

  #obey(effect: RolloutEffect): void {
    if (!('instance' in effect)) return;
    const { instance } = effect;
    if (this.mood(instance) === 'deaf') return;
    const tell = (message: (RolloutEvent & { type: 'claimed' })['message']) => {
      this.send({ type: 'claimed', instance, seq: this.#next(), message });
    };
    switch (effect.type) {
      case 'offer':
        this.serves.set(instance, NEW);
        tell({ type: 'taken', rollout: 'r-1', hash: NEW, wayBack: OLD });
        break;
      case 'prove':
        tell({ type: 'in_ring', rollout: 'r-1', hash: NEW });
        break;
      case 'undo':
        this.serves.set(instance, OLD);
        tell({ type: 'back', rollout: 'r-1', from: NEW, hash: OLD });
        break;
      case 'renew':
        break;
      default:
        effect satisfies never;
    }
  }

  #beat(instance: string, hash: string): Beat {
    const vitals = this.mood(instance) === 'stalled' ? { ...well, stalledMs: 2_000 } : well;
    const seq = this.#next();
    return { instance, seq, beat: seq, hash, vitals };
  }

  #next(): number {
    this.#seq += 1;
    return this.#seq;
  }
}
