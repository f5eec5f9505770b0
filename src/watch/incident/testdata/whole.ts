import type { Entry, Written } from '../../journal/entry.ts';
import { noIncidents } from '../incident.ts';
import { step } from '../step.ts';
import { written } from './november-2022.ts';

/** The journal with what the machine writes of the incident, a tick every second until `until`. */
export function whole(facts: readonly Entry[], until: number, everyMs = 1000): Written[] {
  const all: Entry[] = [];
  let state = noIncidents;
  const waiting = facts.toSorted((a, b) => a.at - b.at);
  const begin = waiting[0]?.at ?? until;
  for (let now = begin; now <= until; now += everyMs) {
    for (let next = waiting[0]; next !== undefined && next.at <= now; next = waiting[0]) {
      waiting.shift();
      const after = step(state, { type: 'entry', entry: next }, next.at);
      all.push(next, ...after.entries);
      state = after.state;
    }
    const after = step(state, { type: 'tick' }, now);
    all.push(...after.entries);
    state = after.state;
  }
  return written(all);
}
