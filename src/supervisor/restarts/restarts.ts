import { readFileSync } from 'node:fs';
import { replaceFileNow } from '../../platform/files/atomic-file.ts';
import { type PlannedProcess, restartPhase } from '../plan.ts';
import type { Supervised } from '../process/supervised.ts';
import { adminUrl, type RestartView } from '../status.ts';
import { allowedAway } from './governor/budget.ts';
import { begin, defaultRestartPolicy, isOver, type Restart, type Sight } from './governor/restart.ts';
import { type RestartEvent, step } from './governor/step.ts';
import { entriesBetween, type RestartJournal } from './journal.ts';
import { Readiness } from './readiness.ts';

export interface RestartsOptions {
  processes: ReadonlyMap<PlannedProcess, Supervised>;
  /** Where the restart that is going on is kept. */
  file: string;
  journal: RestartJournal;
  /** Milliseconds since the Unix epoch. */
  now: () => number;
  random: () => number;
  newId: () => string;
  changed: () => void;
  /** Called when the disk refuses. */
  failed: (error: Error) => void;
}

export interface RestartOrder {
  /** `null`: every service. */
  service: string | null;
  environment: string;
  reason: string;
}

/**
 * Carries out what the governor decides, one restart at a time, and writes each step down before it is done.
 */
export class Restarts {
  readonly #options: RestartsOptions;
  readonly #readiness = new Readiness();
  #restart: Restart | undefined;
  #beginning = false;

  constructor(options: RestartsOptions) {
    this.#options = options;
    this.#restart = readRestart(options.file);
  }

  view(): RestartView | null {
    if (this.#restart === undefined) return null;
    const { id, reason, mode, why, wave, targets } = this.#restart;
    const instances = targets.map(({ name, stage }) => ({ name, stage }));
    return { id, reason, mode, why, wave: wave.number, instances };
  }

  /** Begins a restart; returns its id, or why there is none. */
  async order({ service, environment, reason }: RestartOrder): Promise<{ id: string } | { refused: string }> {
    const { processes, now, random, newId, journal } = this.#options;
    const planned = [...processes.keys()].filter(
      (one) => one.environment === environment && (service === null || one.service === service),
    );
    if (planned.length === 0) {
      const known = new Set([...processes.keys()].map((one) => `${one.service} of ${one.environment}`));
      return {
        refused: `there is no ${service ?? 'service'} of ${environment}; there are ${[...known].join(', ')}`,
      };
    }
    if (this.#beginning || (this.#restart !== undefined && !isOver(this.#restart)))
      return { refused: `a restart is going on (${this.#restart?.reason ?? 'it just begins'})` };
    this.#beginning = true;
    // What was sick before is to be known from what was sick in the course of it.
    await this.#readiness.askAll(this.#instances()).finally(() => {
      this.#beginning = false;
    });
    const targets = planned.map((one) => ({
      name: one.name,
      pool: poolOf(one),
      phase: restartPhase(one, planned),
    }));
    const sights = this.#sights();
    const restart = begin({ id: newId(), reason, targets }, sights, now(), defaultRestartPolicy, random);
    const pools = Map.groupBy(sights, ({ pool }) => pool);
    journal({
      event: 'requested',
      restart: restart.id,
      reason,
      allowedAway: Object.fromEntries(
        [...pools].map(([pool, { length }]) => [pool, allowedAway(length, defaultRestartPolicy.awayShare)]),
      ),
    });
    this.#keep(restart);
    return { id: restart.id };
  }

  /** Takes no more instances. `false`: nothing was going on. */
  cancel(): boolean {
    if (this.#restart === undefined || isOver(this.#restart)) return false;
    this.#take({ type: 'cancel', why: 'cancelled' });
    return true;
  }

  tick(): void {
    if (this.#restart === undefined || isOver(this.#restart)) return;
    this.#readiness.keepAsking(this.#instances());
    this.#take({ type: 'seen', fleet: this.#sights() });
  }

  #take(event: RestartEvent): void {
    const before = this.#restart;
    if (before === undefined) return;
    const { processes, journal, now } = this.#options;
    const { state, effects } = step(before, event, now(), defaultRestartPolicy);
    const entries = entriesBetween(before, state);
    entries.forEach(journal);
    if (entries.length > 0) this.#keep(state);
    else this.#restart = state;
    for (const effect of effects) {
      const [planned, supervised] = [...processes].find(([{ name }]) => name === effect.name) ?? [];
      if (effect.do === 'drain') supervised?.stop(planned?.drainMs ?? 0, state.reason);
      else supervised?.start();
    }
  }

  #keep(restart: Restart): void {
    const { file, changed, failed } = this.#options;
    this.#restart = restart;
    try {
      replaceFileNow(file, JSON.stringify(restart));
    } catch (error) {
      // It goes on from memory: what was stopped has to be started again, whatever the disk says.
      failed(error as Error);
    }
    changed();
  }

  #instances() {
    return [...this.#options.processes].map(([{ name }, { facts }]) => ({ name, admin: adminUrl(facts) }));
  }

  #sights(): Sight[] {
    return [...this.#options.processes].map(([planned, { state, startedAt, facts }]) => ({
      name: planned.name,
      pool: poolOf(planned),
      state: state.mode === 'ready' ? 'serving' : state.mode === 'stopped' ? 'stopped' : 'away',
      startedAt,
      health: this.#readiness.health(planned.name, adminUrl(facts)),
    }));
  }
}

/** What one budget counts: the instances of a service, in its environment and cell. */
export function poolOf({ environment, cell, service }: PlannedProcess): string {
  return `${environment}/${cell}/${service}`;
}

function readRestart(file: string): Restart | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Restart;
  } catch (error) {
    // Half a file is as good as none: what is not known to go on does not go on.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
