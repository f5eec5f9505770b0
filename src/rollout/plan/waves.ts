import type { GatePolicy } from '../gate/gate.ts';
import type { WaveCriteria } from '../gate/verdict.ts';
import { type LeaseCaps, longestLeaseMs } from '../signed/lease.ts';
import { type Harm, priceWave } from './harm.ts';

export interface Member {
  readonly instance: string;
  /** What fails together: a zone, a rack, a machine. */
  readonly cell: string;
}

export interface WavePolicy extends LeaseCaps {
  /** Instances of the first wave. Break-glass makes it one. */
  readonly firstWave: number;
  /** Parts of the first cell that have the release after each further wave; ends with 1. */
  readonly firstCell: readonly number[];
  /** The same for every later cell, which begins with one instance too. */
  readonly laterCells: readonly number[];
  /** Part of all instances that stays on the old release until the bake ends, to compare with. */
  readonly holdBack: number;
  readonly maxWaves: number;
  /** Cells do not matter: what it changes can fail nobody's payment. */
  readonly oneCell?: true;
  /** Most failed payments (95th percentile) that a wave may cost if the change is wholly bad. */
  readonly maxFailed: { readonly firstWave: number; readonly laterWaves: number };
  /** Of the first wave; doubles with each wave up to the longest that instances accept. */
  readonly leaseMs: number;
  readonly first: WaveCriteria;
  readonly middle: WaveCriteria;
  /** Of the widest wave. `minMs`: longer than any delayed effect known for this kind of configuration. */
  readonly bake: WaveCriteria;
  readonly rest: WaveCriteria;
}

export const defaultWavePolicy: WavePolicy = {
  firstWave: 1,
  firstCell: [0.1, 0.5, 1],
  laterCells: [0.5, 1],
  holdBack: 0.05,
  maxWaves: 64,
  maxFailed: { firstWave: 50, laterWaves: 500 },
  leaseMs: 10_000,
  maxLeaseMs: 60_000,
  maxBreakGlassLeaseMs: 5_000,
  first: { excessBadRate: 0.05, missChance: 0.05, minMs: 5_000, deadlineMs: 120_000 },
  middle: { excessBadRate: 0.02, missChance: 0.05, minMs: 10_000, deadlineMs: 300_000 },
  bake: { excessBadRate: 0.01, missChance: 0.05, minMs: 360_000, deadlineMs: 1_800_000 },
  rest: { excessBadRate: 0.05, missChance: 0.05, minMs: 10_000, deadlineMs: 300_000 },
};

/**
 * What is known of the traffic when a change is planned; see `Exposure` for units. All finite, to be JSON.
 */
export interface Traffic {
  readonly rps: number;
  readonly probes: number;
  readonly deadlineMs: number;
  readonly lagMs: number;
  readonly maxWaitingPerInstance: number;
}

/** `rest`: the hold-back, which gets the release last. `widest`: everybody else has it; the bake. */
export type WaveKind = 'first' | 'middle' | 'widest' | 'rest';

export interface Wave {
  readonly kind: WaveKind;
  /** The instances it adds. */
  readonly instances: readonly string[];
  /** Part of all instances that have the release in it. */
  readonly share: number;
  readonly leaseMs: number;
  readonly criteria: WaveCriteria;
  readonly harm: Harm;
}

/** `cap`: which allowance of failed payments is in the way, where one is. */
export type Plan =
  | { ok: true; waves: readonly Wave[] }
  | { ok: false; reason: string; advice: string; cap?: keyof WavePolicy['maxFailed'] };

/**
 * The waves of a rollout: one instance, then growing parts of its cell, then cell by cell, so that one fault
 * reaches one cell at a time; the hold-back last. A wave that could cost more failed payments than the policy
 * allows is made smaller; if even one instance is too much, the plan is refused and says what would help.
 */
export function planWaves(
  members: readonly Member[],
  policy: WavePolicy,
  gate: GatePolicy,
  traffic: Traffic,
  breakGlass = false,
): Plan {
  if (members.length === 0)
    return { ok: false, reason: 'no instance is up', advice: 'start one, then try again' };
  const fleet = policy.oneCell ? members.map((member) => ({ ...member, cell: 'all' })) : members;
  const rest = heldBack(fleet, policy.holdBack);
  const wished = wishedWaves(
    fleet.filter(({ instance }) => !rest.includes(instance)),
    policy,
    breakGlass,
  );
  // The price needs S, and shrinking adds waves: price with the most there may be.
  const priced = new Map<string, Harm>();
  const price = (added: number, exposed: number, probes = traffic.probes): Harm => {
    const key = `${added} ${exposed} ${probes}`;
    const harm = priced.get(key) ?? priceOnce(added, exposed, probes);
    priced.set(key, harm);
    return harm;
  };
  const priceOnce = (added: number, exposed: number, probes: number): Harm =>
    priceWave(
      {
        ...traffic,
        probes,
        newShare: added / fleet.length,
        // The hold-back is compared with those that have the release already.
        exposedShare: (exposed > fleet.length - rest.length ? added : exposed) / fleet.length,
        maxWaiting: traffic.maxWaitingPerInstance * added,
        waves: Math.min(policy.maxWaves, wished.length + 1),
        excessBadRate: policy.first.excessBadRate,
      },
      gate,
    );

  const groups: string[][] = [];
  for (const group of rest.length === 0 ? wished : [...wished, rest]) {
    for (let done = 0; done < group.length; ) {
      const exposed = groups.flat().length;
      const part = exposed === 0 ? 'firstWave' : 'laterWaves';
      const cap = policy.maxFailed[part];
      const size = largest(group.length - done, (count) => price(count, exposed + count).p95 <= cap);
      if (size === 0) {
        const { p95 } = price(1, exposed + 1);
        return {
          ok: false,
          reason: `one instance more could cost ${p95} failed payments (95th percentile) where ${cap} are allowed`,
          advice: adviceFor((probes) => price(1, exposed + 1, probes).p95 <= cap),
          cap: part,
        };
      }
      groups.push(group.slice(done, done + size));
      done += size;
    }
  }
  if (groups.length > policy.maxWaves) {
    return {
      ok: false,
      reason: `it would take ${groups.length} waves where ${policy.maxWaves} are allowed`,
      advice: 'allow more failed payments in later waves, or more waves',
      cap: 'laterWaves',
    };
  }
  return { ok: true, waves: groups.map((_, index) => waveOf(index)) };

  function waveOf(index: number): Wave {
    const instances = groups[index] ?? [];
    const exposed = groups.slice(0, index + 1).flat().length;
    const kind = kindOf(exposed, instances);
    const doubled = breakGlass ? policy.leaseMs : policy.leaseMs * 2 ** index;
    return {
      kind,
      instances,
      share: exposed / fleet.length,
      leaseMs: Math.min(doubled, longestLeaseMs(policy, breakGlass)),
      criteria: kind === 'widest' ? policy.bake : policy[kind],
      harm: price(instances.length, exposed),
    };
  }

  function kindOf(exposed: number, instances: readonly string[]): WaveKind {
    if (instances.some((instance) => rest.includes(instance))) return 'rest';
    if (exposed === fleet.length - rest.length) return 'widest';
    return exposed === instances.length ? 'first' : 'middle';
  }
}

/** The last instance of every cell in turn, until there are enough; a single instance cannot be held back. */
function heldBack(fleet: readonly Member[], part: number): string[] {
  const count = part === 0 ? 0 : Math.min(fleet.length - 1, Math.ceil(part * fleet.length));
  const columns = cellsOf(fleet).map((cell) => cell.toReversed());
  const depth = Math.max(...columns.map(({ length }) => length));
  const inTurn = Array.from({ length: depth }, (_, row) => columns.flatMap((column) => column[row] ?? []));
  return inTurn.flat().slice(0, count);
}

function wishedWaves(fleet: readonly Member[], policy: WavePolicy, breakGlass: boolean): string[][] {
  return cellsOf(fleet).flatMap((cell, index) => {
    const begin = index > 0 || breakGlass ? 1 : policy.firstWave;
    const parts = index > 0 ? policy.laterCells : policy.firstCell;
    const ends = [begin, ...parts.map((part) => Math.ceil(part * cell.length)), cell.length];
    return ends
      .map((end, wave) => cell.slice(Math.max(0, ...ends.slice(0, wave)), end))
      .filter(({ length }) => length > 0);
  });
}

/** Instances by cell, smallest cell first: what goes wrong early should reach little. */
function cellsOf(fleet: readonly Member[]): string[][] {
  const cells = Map.groupBy(fleet, ({ cell }) => cell);
  return [...cells.values()]
    .map((members) => members.map(({ instance }) => instance))
    .toSorted((a, b) => a.length - b.length);
}

/** The largest count up to `most` that is fine; 0 when not even one is. */
function largest(most: number, fine: (count: number) => boolean): number {
  if (fine(most)) return most;
  let low = 0;
  let high = most;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fine(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function adviceFor(enough: (probes: number) => boolean): string {
  const rate = [5, 10, 20, 50, 100, 200].find(enough);
  const probes = rate === undefined ? '' : `${rate} probes a second to each arm would do; or `;
  return `${probes}shorten the deadline or the reporting lag, add instances, or allow more in the policy`;
}
