import type { Endings } from '../../gate/endings.ts';
import { defaultGatePolicy, type Outcomes } from '../../gate/gate.ts';
import type { Before, Report } from '../../machine/state.ts';
import { type AfterProof, judgeAfterProof } from '../after-proof.ts';
import type { Alarm, Cleared, InForce } from '../alarm.ts';
import type { HeardInstance, Said } from '../events.ts';

/** A fleet whose reports a test makes, four times a second, and what is judged by them. */

export const RELEASE: InForce = { rollout: 'shop-4', release: 4, hash: 'sha256:four' };
export const NONE: Outcomes = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };
export const WELL = { stalledMs: 0, overdue: 0, overdueBudget: 8, failedProbesInARow: 0 };
const TURN_MS = 250;

export interface Turn {
  readonly live?: Partial<Outcomes>;
  readonly probes?: Partial<Outcomes>;
  readonly endings?: Endings;
  /** What differs from a healthy instance, by its name; `null`: it is not heard. */
  readonly instances?: Readonly<Record<string, Partial<HeardInstance> | null>>;
  readonly said?: readonly Said[];
}

export function createFleet({
  before = { good: 3_000, bad: 3 },
  proofSeen = true,
  names = ['api-1', 'api-2'],
}: {
  before?: Before;
  proofSeen?: boolean;
  names?: readonly string[];
} = {}) {
  let now = 1_000_000;
  let of = RELEASE;
  let state: AfterProof | undefined;
  const heard = new Map<string, HeardInstance>();
  const raised: (Alarm & { at: number })[] = [];
  const cleared: (Cleared & { at: number })[] = [];
  for (const instance of names)
    heard.set(instance, {
      instance,
      heardAt: now,
      boot: `${instance}-1`,
      running: of.hash,
      down: false,
      vitals: WELL,
    });

  /** One turn of the leader; the same again until so many seconds have passed. */
  function turn(what: Turn = {}, seconds = TURN_MS / 1_000): void {
    for (const end = now + seconds * 1_000; now < end; ) {
      now += TURN_MS;
      for (const name of names) {
        const change = what.instances?.[name];
        const known = heard.get(name);
        if (change !== null && known) heard.set(name, { ...known, heardAt: now, vitals: WELL, ...change });
      }
      const report: Report = {
        instance: names[0] ?? '',
        seq: now,
        hash: of.hash,
        live: { ...NONE, ...what.live },
        probes: { ...NONE, ...what.probes },
        endings: what.endings ?? {},
      };
      const judged = judgeAfterProof(
        // As another leader would read it.
        state === undefined ? undefined : JSON.parse(JSON.stringify(state)),
        of,
        {
          instances: [...heard.values()],
          reports: [report],
          said: what.said ?? [],
          limits: defaultGatePolicy.facts,
          silentMs: 5_000,
          listensSince: 0,
          now,
        },
        () => ({ seen: proofSeen, before }),
      );
      state = judged.state;
      raised.push(...judged.raised.map((alarm) => ({ ...alarm, at: now })));
      cleared.push(...judged.cleared.map((alarm) => ({ ...alarm, at: now })));
    }
  }

  return {
    turn,
    raised,
    cleared,
    /** Another release is in force from now on. */
    follow(next: InForce): void {
      of = next;
      for (const [name, known] of heard) heard.set(name, { ...known, running: next.hash });
    },
    /** Until the first alarm; seconds, at most so many. */
    until(what: Turn, most: number): number {
      const from = now;
      for (const count = raised.length; raised.length === count && now - from < most * 1_000; ) turn(what);
      return (now - from) / 1_000;
    },
    get standing() {
      return state?.alarms.map(({ kind }) => kind) ?? [];
    },
    get unknown() {
      return state?.unknown ?? null;
    },
    get now() {
      return now;
    },
  };
}
