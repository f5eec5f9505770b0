import type { Database } from '../../platform/database/database.ts';
import type { Progress, RolloutState } from '../../rollout/machine/state.ts';
import { roleOf } from '../leader/turn/events.ts';
import { type InstanceRow, readInstances } from '../store/instances.ts';
import { currentRollout, type Fate, fatesOf, openRollouts } from '../store/rollouts.ts';

/** An instance that serves with something else than what is in force, and what is done about it. */
export interface Difference {
  readonly instance: string;
  readonly environment: string;
  /** `null`: what the service has built in; so for the one in force. */
  readonly runs: string | null;
  readonly inForce: string | null;
  /** ms since the epoch. */
  readonly since: number;
  /** `waits`: nothing happens by itself; a person has to do something. */
  readonly does: 'offers' | 'undoes' | 'adopts' | 'waits';
  readonly why: string;
}

export interface Agreement {
  readonly service: string;
  readonly inForce: { readonly rollout: string; readonly hash: string } | null;
  readonly underWay: string | null;
  readonly differences: readonly Difference[];
}

interface View {
  readonly instances: readonly (InstanceRow & { runningSince: number })[];
  readonly inForce: { readonly state: RolloutState; readonly since: number } | null;
  readonly underWay: RolloutState | null;
  readonly fates: ReadonlyMap<string, Fate>;
  readonly lostMs: number;
  readonly now: number;
}

/**
 * Rows of instances that were not heard for so long say nothing of now; a silent one is shown by the
 * fleet's own list.
 */
const FLEET_MS = 600_000;

/**
 * Who differs from what is in force. What is on its way is no difference, nor is one that is silent. Pure.
 */
export function differencesOf(view: View): Difference[] {
  const { instances, inForce, underWay, now, lostMs } = view;
  const wanted = inForce?.state.hash ?? null;
  return instances.flatMap((row): Difference[] => {
    const { instance, environment, running, heardAt, runningSince } = row;
    if (roleOf(environment) === undefined || now - heardAt > lostMs || row.phase === 'down') return [];
    if (running === wanted && row.good === wanted) return [];
    if (underWay !== null && (running === underWay.hash || row.rollout === underWay.id)) return [];
    const since = Math.max(runningSince, inForce?.since ?? 0);
    return [
      {
        instance,
        environment,
        runs: running,
        inForce: wanted,
        since,
        ...doneAbout(row, running === wanted, view),
      },
    ];
  });
}

function doneAbout(
  { instance, running }: InstanceRow,
  onLease: boolean,
  { inForce, underWay, fates, now }: View,
): Pick<Difference, 'does' | 'why'> {
  if (underWay !== null)
    return {
      does: 'offers',
      why: `${underWay.id} is under way; what is in force is offered to it after that`,
    };
  const fate = running === null ? undefined : fates.get(running);
  if (inForce === null) {
    if (fate !== undefined)
      return { does: 'undoes', why: 'what it serves with was proved once, and is not in force' };
    return {
      does: 'waits',
      why: 'control does not know what it serves with, and has nothing in force to offer',
    };
  }
  if (running !== null && fate === undefined)
    return { does: 'adopts', why: 'control does not know what it serves with, and asks to be shown it' };
  const known = inForce.state.instances[instance];
  if (known === undefined || known.has === 'gone') return { does: 'offers', why: 'it has just come' };
  if (onLease) return { does: 'offers', why: 'it has it on a lease, and has not proved it yet' };
  return offering(known, now);
}

function offering(known: Progress, now: number): Pick<Difference, 'does' | 'why'> {
  const why = known.why ?? 'it has not taken it yet';
  if (known.has !== 'back')
    return { does: 'offers', why: known.why === undefined ? why : `${why}; it is offered it again` };
  const { againAt = 0, refusals = 0, bootFailed } = known;
  if (bootFailed) return { does: 'waits', why: `${why}; offered again, it would meet its next boot with it` };
  if (againAt === null) return { does: 'waits', why: `${why}; it was offered it ${refusals} times` };
  const inS = Math.max(0, Math.ceil((againAt - now) / 1_000));
  return { does: 'offers', why: `${why}; offered again in ${inS} s` };
}

/** As the store has it, so that any control process can say it. */
export async function readAgreement(
  database: Database,
  service: string,
  { lostMs, now }: { lostMs: number; now: number },
): Promise<Agreement> {
  const rows = await readInstances(database, { service, since: now - FLEET_MS });
  const current = await currentRollout(database, service);
  const [open] = (await openRollouts(database, service)).filter(({ state }) => state.phase.at !== 'draft');
  const served = rows.flatMap(({ running }) => (running === null ? [] : [{ service, hash: running }]));
  const fates = await fatesOf(database, served);
  const inForce = current === undefined ? null : { state: current.state, since: current.createdAt.getTime() };
  const underWay = open?.state ?? null;
  return {
    service,
    inForce: current === undefined ? null : { rollout: current.id, hash: current.state.hash },
    underWay: open?.id ?? null,
    differences: differencesOf({ instances: rows, inForce, underWay, fates, lostMs, now }),
  };
}
