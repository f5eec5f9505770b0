import { realCores } from '../parts/cores.ts';
import { type Mutant, withInstance, withStates } from './mutant.ts';

const { instance, decide } = realCores;

/** Control and fleet agree again (R18), and one leader writes. */
export const agreementMutants: readonly Mutant[] = [
  {
    name: 'a store that lets a deposed leader write',
    caughtBy: ['fence', 'R6 done'],
    from: 33,
    cores: { ...realCores, storeFences: false },
  },
  {
    name: 'a store that gives a fence again after it was put back',
    caughtBy: ['R6 done'],
    often: 'store_put_back',
    cores: { ...realCores, nextFence: (fence) => fence + 1 },
  },
  {
    name: 'a control that says everything only once',
    caughtBy: ['liveness', 'R18'],
    from: 4,
    cores: withStates((state) => ({
      ...state,
      policy: { ...state.policy, repeatMs: Number.POSITIVE_INFINITY, takeMs: Number.POSITIVE_INFINITY },
    })),
  },
  {
    name: 'a control that offers what is in force once, and never again',
    caughtBy: ['R18'],
    cores: withStates((state) => ({
      ...state,
      instances: Object.fromEntries(
        Object.entries(state.instances).map(([name, each]) => [
          name,
          each.has === 'back' ? { ...each, againAt: null } : each,
        ]),
      ),
    })),
  },
  {
    name: 'an instance that never tries again what it refused',
    caughtBy: ['R18'],
    from: 13,
    cores: withInstance((state, event, now, limits) => {
      if (event.type !== 'offered') return instance(state, event, now, limits);
      const { attempt: _, ...body } = event.envelope.body;
      return instance(state, { ...event, envelope: { ...event.envelope, body } }, now, limits);
    }),
  },
  {
    name: 'a control that takes no undo that its store does not know of',
    caughtBy: ['R18'],
    from: 3,
    often: 'undo_forgotten',
    cores: {
      ...realCores,
      decide: (situation) => {
        const { batch } = situation.observed;
        const claims = batch.claims.filter(
          ({ numbered: { message } }) =>
            message.type !== 'refused' || message.because?.what !== 'undone_here',
        );
        const instances = batch.instances.map((each) => ({
          ...each,
          report: { ...each.report, undone: [] },
        }));
        const observed = { ...situation.observed, batch: { ...batch, claims, instances } };
        return decide({ ...situation, observed });
      },
    },
  },
];
