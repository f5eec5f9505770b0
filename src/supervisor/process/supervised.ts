import { type Lifecycle, type LifecycleEvent, type LifecyclePolicy, type Mode, step } from './lifecycle.ts';
import type { ReadyFacts } from './messages.ts';
import { whatItDoes } from './process-table.ts';

/** A program that can be started again and again; `events` reports what happens to it. */
export interface Program {
  start(events: ProgramEvents): RunningProgram;
}

export interface ProgramEvents {
  spawned(pid: number): void;
  ready(facts: ReadyFacts): void;
  heard(): void;
  /** Called once; `how` as text (`killed by SIGKILL`). */
  exited(how: string): void;
}

export interface RunningProgram {
  askToStop(withinMs: number): void;
  kill(): void;
  /** How long it waited for a CPU in all; `undefined`: not known. */
  waitedForCpuMs(): number | undefined;
}

export interface SupervisedOptions {
  program: Program;
  policy: LifecyclePolicy;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  /** In [0, 1). */
  random: () => number;
  /** Called after each change that people can see; `how` it ended, or what it does while it is silent. */
  changed: (change: ModeChange) => void;
}

export interface ModeChange {
  from: Mode;
  to: Mode;
  how: string | undefined;
}

/** Heartbeats come every 100 ms: from here on one is late enough to look why. */
const LATE_MS = 200;

/** One process and its lifecycle: feeds what happens to `step` and does what it says. */
export class Supervised {
  #state: Lifecycle = { mode: 'stopped' };
  #running: RunningProgram | undefined;
  #pid: number | null = null;
  #facts: ReadyFacts | undefined;
  #lastEnd: string | undefined;
  #starts = 0;
  #startedAt = 0;
  #restartReason: string | null = null;
  /** What it had waited for a CPU when it was last looked at; known only while it is late. */
  #waitedMs: number | undefined;
  readonly #options: SupervisedOptions;

  constructor(options: SupervisedOptions) {
    this.#options = options;
  }

  get state(): Lifecycle {
    return this.#state;
  }

  get pid(): number | null {
    return this.#pid;
  }

  /** What the process last said about itself; `undefined` until it is ready. */
  get facts(): ReadyFacts | undefined {
    return this.#facts;
  }

  /** How the process ended the last time, as text. */
  get lastEnd(): string | undefined {
    return this.#lastEnd;
  }

  start(): void {
    this.#take({ type: 'start' });
  }

  /**
   * When the process that is there, or was last, was started: milliseconds since the Unix epoch; 0: never.
   */
  get startedAt(): number {
    return this.#startedAt;
  }

  get restarts(): number {
    return Math.max(0, this.#starts - 1);
  }

  /** Why it was restarted the last time; `null` when it never was. */
  get restartReason(): string | null {
    return this.restarts === 0 ? null : this.#restartReason;
  }

  /** `reason`: what its restart is for, when it is started again. */
  stop(withinMs: number, reason = 'stopped'): void {
    this.#restartReason = reason;
    this.#take({ type: 'stop', withinMs });
  }

  /** Ends the process now, and for good. */
  kill(): void {
    this.#take({ type: 'stop', withinMs: 0 });
    this.#running?.kill();
  }

  /** `deafMs`: how much of the time since the last tick the supervisor itself could not listen. */
  tick(deafMs: number): void {
    this.#take({ type: 'tick', deafMs: Math.max(deafMs, this.#starvedMs()) });
  }

  /**
   * A process that no CPU takes is silent, and better left alone: a start would only add to what it waits
   * for.
   */
  #starvedMs(): number {
    const { now } = this.#options;
    if (!('heardAt' in this.#state) || now() - this.#state.heardAt < LATE_MS) {
      this.#waitedMs = undefined;
      return 0;
    }
    const before = this.#waitedMs;
    this.#waitedMs = this.#running?.waitedForCpuMs();
    return before === undefined || this.#waitedMs === undefined ? 0 : this.#waitedMs - before;
  }

  #take(event: LifecycleEvent): void {
    const { now, policy, changed } = this.#options;
    const from = this.#state.mode;
    const { state, effects } = step(this.#state, event, now(), policy);
    this.#state = state;
    // Before it is killed: what is gone does nothing.
    const doing = state.mode === 'stalled' && from !== 'stalled' ? whatItDoes(this.#pid) : undefined;
    for (const effect of effects) {
      switch (effect.do) {
        case 'spawn':
          this.#spawn();
          break;
        case 'ask-to-stop':
          this.#running?.askToStop(effect.withinMs);
          break;
        case 'kill':
          this.#running?.kill();
          break;
        default:
          effect satisfies never;
      }
    }
    if (this.#state.mode === from) return;
    changed({ from, to: this.#state.mode, how: event.type === 'exited' ? this.#lastEnd : doing });
  }

  #spawn(): void {
    this.#facts = undefined;
    this.#starts += 1;
    this.#startedAt = Date.now();
    this.#running = this.#options.program.start({
      spawned: (pid) => {
        this.#pid = pid;
      },
      ready: (facts) => {
        this.#facts = facts;
        this.#take({ type: 'ready' });
      },
      heard: () => this.#take({ type: 'heard' }),
      exited: (how) => {
        this.#running = undefined;
        this.#pid = null;
        this.#facts = undefined;
        this.#lastEnd = how;
        if (this.#state.mode !== 'stopping') this.#restartReason = how;
        this.#take({ type: 'exited', roll: this.#options.random() });
      },
    });
  }
}
