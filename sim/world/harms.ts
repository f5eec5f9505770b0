import { type Behaviour, behaviours } from '../events/behaviour.ts';

export interface Harm {
  readonly testing: Behaviour;
  readonly production: Behaviour;
}

/** What each release does to the servers that have it. */
export interface Harms {
  of(hash: string | null | undefined, where: keyof Harm): Behaviour;
  set(hash: string, harm: Harm): void;
  /** What is proved turns bad in production. */
  spoil(hash: string, production: Behaviour): void;
  isSpoiled(hash: string | undefined): boolean;
}

export function createHarms(): Harms {
  const harms = new Map<string, Harm>();
  let spoiled: string | undefined;
  return {
    of: (hash, where) => harms.get(hash ?? '')?.[where] ?? behaviours.good,
    set: (hash, harm) => void harms.set(hash, harm),
    spoil(hash, production) {
      spoiled = hash;
      harms.set(hash, { testing: behaviours.good, production });
    },
    isSpoiled: (hash) => spoiled !== undefined && hash === spoiled,
  };
}
