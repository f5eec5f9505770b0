import { realCores } from '../parts/cores.ts';
import { type Mutant, withInstance } from './mutant.ts';

const { instance, checkOffer } = realCores;

/** What an instance takes: signatures, receipts, its own taste (R1, R2, R4). */
export const offerMutants: readonly Mutant[] = [
  {
    name: 'an instance that waits for its taste without end',
    caughtBy: ['R1'],
    release: 'spins_in_taste',
    cores: withInstance((state, event, now, limits) =>
      instance(state, event, now, { ...limits, tasteMs: Number.POSITIVE_INFINITY }),
    ),
  },
  {
    name: 'production that accepts without receipts',
    caughtBy: ['R2'],
    cores: {
      ...realCores,
      checkOffer: (envelope, terms, verify, now) =>
        checkOffer(envelope, { ...terms, receipts: null }, verify, now),
    },
  },
  {
    name: 'production that believes whoever signed the receipt',
    caughtBy: ['R2'],
    from: 42,
    cores: {
      ...realCores,
      checkOffer: (envelope, terms, _, now) => checkOffer(envelope, terms, () => true, now),
    },
  },
  {
    name: 'an instance that does not wait for its taster',
    caughtBy: ['R4'],
    cores: withInstance((state, event, now, limits) =>
      instance(
        state,
        event.type === 'taste_failed' ? { type: 'tasted', order: event.order } : event,
        now,
        limits,
      ),
    ),
  },
];
