import { apply } from './incident/apply.ts';
import { type Incident, type IncidentState, noIncidents } from './incident/incident.ts';
import { step } from './incident/step.ts';
import type { Entry } from './journal/entry.ts';

/** Incidents as the process keeps them: they follow from the journal, and what follows is written into it. */
export class Incidents {
  readonly #write: (entry: Entry) => void;
  readonly #wall: () => number;
  #state: IncidentState = noIncidents;

  /** `write` must not hand the entry back: what is written is known here already. */
  constructor(write: (entry: Entry) => void, wall: () => number) {
    this.#write = write;
    this.#wall = wall;
  }

  /** An entry of an earlier process: what follows from it was written then. */
  restored(entry: Entry): void {
    this.#state = apply(this.#state, entry);
  }

  seen(entry: Entry): void {
    this.#step({ type: 'entry', entry });
  }

  tick(): void {
    this.#step({ type: 'tick' });
  }

  /** The newest first. */
  all(): readonly Incident[] {
    return Object.values(this.#state.incidents).toSorted((a, b) => b.openedAt - a.openedAt);
  }

  #step(event: Parameters<typeof step>[1]): void {
    const { state, entries } = step(this.#state, event, this.#wall());
    this.#state = state;
    entries.forEach(this.#write);
  }
}
