import { withProved } from '../../src/rollout/instance/ring.ts';
import { realCores } from '../parts/cores.ts';
import { type Mutant, withInstance } from './mutant.ts';

const { instance } = realCores;

/** The ring and the boot (R7, R8, R9). */
export const ringMutants: readonly Mutant[] = [
  {
    name: 'a ring that accepts what is only lent',
    caughtBy: ['R7'],
    cores: withInstance((state, event, now, limits) => {
      const stepped = instance(state, event, now, limits);
      const { phase, memory } = stepped.state;
      if (event.type !== 'switched' || phase.at !== 'lent') return stepped;
      const kept = { ...memory, ring: withProved(memory.ring, phase.offer.release, now) };
      return {
        state: { ...stepped.state, memory: kept },
        effects: [...stepped.effects, { type: 'save', memory: kept }],
      };
    }),
  },
  {
    name: 'a ring that holds nothing but the newest',
    caughtBy: ['R7'],
    cores: withInstance((state, event, now, limits) => {
      const stepped = instance(state, event, now, limits);
      const { phase } = stepped.state;
      if (event.type !== 'proved' || phase.at !== 'proving') return stepped;
      const ring = { ...phase.memory.ring, entries: phase.memory.ring.entries.slice(0, 1) };
      const memory = { ...phase.memory, ring };
      return {
        state: { ...stepped.state, phase: { ...phase, memory } },
        effects: [{ type: 'save', memory, hash: event.proof.hash }],
      };
    }),
  },
  {
    name: 'a boot that waits to be told what to start with',
    // The shell ends a boot that has nothing to start with, and the next does no better.
    caughtBy: ['R8', 'R18'],
    cores: withInstance((state, event, now, limits) => {
      const stepped = instance(state, event, now, limits);
      if (event.type !== 'boot') return stepped;
      return { state: { ...stepped.state, phase: { at: 'down' } }, effects: [] };
    }),
  },
  {
    name: 'a boot that does not count its failures',
    caughtBy: ['R9'],
    from: 350,
    release: 'crashes_at_boot',
    cores: withInstance((state, event, now, limits) =>
      instance(
        state,
        event.type === 'boot' ? { ...event, memory: { ...event.memory, failedBoots: {} } } : event,
        now,
        limits,
      ),
    ),
  },
];
