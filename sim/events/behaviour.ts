import type { Outcomes } from '../../src/rollout/gate/gate.ts';
import type { Chance } from '../chance.ts';

/** What a release does to the server that has it, whatever its author hoped. */
export interface Behaviour {
  readonly taste: 'passes' | 'fails' | 'hangs';
  readonly switching: 'works' | 'fails' | 'hangs';
  /** How a request ends when the release has been served with for `ageMs`. */
  outcome(chance: Chance, ageMs: number, probe: boolean): keyof Outcomes;
  /**
   * How a client's request that nobody here failed ended otherwise than was asked for; `undefined`: as was
   * asked for.
   */
  endsOtherwise(chance: Chance): string | undefined;
  /** ms after the switch; `null`: never. */
  readonly crashesAfterMs: number | null;
  readonly stallsAfterMs: number | null;
  readonly valueFailsAfterMs: number | null;
  readonly cutsControl: boolean;
  readonly crashesAtBoot: boolean;
  /** The switch away from it never comes back. */
  readonly wayBackHangs: boolean;
  /** So bad that no honest fleet may prove it. */
  readonly neverProvable: boolean;
}

const BASE_RATE = 0.004;
/** Callers make mistakes all day, whatever the release. */
const MISTAKES = 0.03;
const mistakes = (chance: Chance) => (chance.happens(MISTAKES) ? 'request/invalid_field' : undefined);
const usual = (chance: Chance): keyof Outcomes => (chance.happens(BASE_RATE) ? 'error' : 'good');
const fine: Behaviour = {
  taste: 'passes',
  switching: 'works',
  outcome: usual,
  endsOtherwise: mistakes,
  crashesAfterMs: null,
  stallsAfterMs: null,
  valueFailsAfterMs: null,
  cutsControl: false,
  crashesAtBoot: false,
  wayBackHangs: false,
  neverProvable: false,
};
const bad: Behaviour = { ...fine, neverProvable: true };

/** The bad releases that must be stopped, and two that nobody can see before it is too late. */
export const behaviours = {
  good: fine,
  refused_by_taste: { ...bad, taste: 'fails' },
  spins_in_taste: { ...bad, taste: 'hangs' },
  cannot_be_switched_to: { ...bad, switching: 'fails' },
  switch_hangs: { ...bad, switching: 'hangs' },
  fails_everything: { ...bad, outcome: () => 'error' },
  hangs_every_request: { ...bad, outcome: () => 'deadline' },
  fails_after_20_s: {
    ...bad,
    outcome: (chance, ageMs) => (ageMs > 20_000 ? 'error' : usual(chance)),
  },
  fails_one_in_five: { ...bad, outcome: (chance) => (chance.happens(0.2) ? 'error' : usual(chance)) },
  triples_latency: { ...bad, outcome: (chance) => (chance.happens(0.6) ? 'slow' : usual(chance)) },
  fails_probes_only: { ...bad, outcome: (chance, _, probe) => (probe ? 'error' : usual(chance)) },
  limit_of_zero: { ...bad, outcome: () => 'saturation' },
  cuts_control: { ...bad, cutsControl: true },
  crashes_the_process: { ...bad, crashesAfterMs: 1_500 },
  leaks_until_it_crashes: { ...bad, crashesAfterMs: 15_000 },
  hangs_the_loop: { ...bad, stallsAfterMs: 700 },
  hangs_the_loop_at_once: { ...bad, stallsAfterMs: 0 },
  value_fails_at_first_use: { ...bad, valueFailsAfterMs: 400 },
  fails_and_holds_on: { ...bad, outcome: () => 'error', wayBackHangs: true },
  crashes_at_boot: { ...fine, crashesAtBoot: true },
  refuses_one_in_three: {
    ...bad,
    endsOtherwise: (chance) => (chance.happens(0.33) ? 'request/invalid_field' : mistakes(chance)),
  },
  delivers_no_callback: { ...bad, endsOtherwise: (chance) => mistakes(chance) ?? 'callback/refused' },
  /** It does what it is pulled for: a product is refused. */
  switches_a_product_off: {
    ...fine,
    endsOtherwise: (chance) => (chance.happens(0.33) ? 'request/switched_off' : mistakes(chance)),
  },
} as const satisfies Record<string, Behaviour>;
export type BehaviourName = keyof typeof behaviours;

/** What no error, no probe and no fact shows: only how things end for clients. */
export const feltOnly = ['refuses_one_in_three', 'delivers_no_callback'] as const satisfies BehaviourName[];

/** The class of endings in which each of them shows. */
export const feltIn: Partial<Record<BehaviourName, string>> = {
  refuses_one_in_three: 'request',
  delivers_no_callback: 'callback',
} satisfies Record<(typeof feltOnly)[number], string>;
