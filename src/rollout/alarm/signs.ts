import type { FactLimits } from '../gate/facts.ts';
import { CRASHES, CRASHES_MS, type HeardInstance, type PastEvent } from './events.ts';

/** What speaks against the release in force at this moment, by kind. */
export interface Sign {
  readonly kind: string;
  readonly what: string;
  readonly instances: readonly string[];
}

interface Fact {
  readonly kind: 'silent' | 'stalled' | 'overdue' | 'probes_failed';
  readonly instance: string;
  readonly what: string;
}

interface Heard {
  readonly instances: readonly HeardInstance[];
  readonly limits: FactLimits;
  readonly silentMs: number;
  readonly listensSince: number;
  readonly now: number;
}

/**
 * A fact that is seen for less is a hiccup: a pause of the collector, a beat that came late. Probes in a row
 * have taken their time.
 */
const HOLD_MS = { silent: 2_000, stalled: 2_000, overdue: 2_000, probes_failed: 0 };
const NAMED = 3;

/** Since when each fact is seen, by `kind instance`. */
export function heldAfter(
  held: Readonly<Record<string, number>>,
  hash: string | null,
  heard: Heard,
): Readonly<Record<string, number>> {
  const facts = factsIn(hash, heard);
  if (facts.length === 0 && Object.keys(held).length === 0) return held;
  return Object.fromEntries(facts.map((fact) => [keyOf(fact), held[keyOf(fact)] ?? heard.now]));
}

/** `standing`: kinds of alarms that are raised already, which go on without being held again. */
export function signsOfFacts(
  {
    held,
    events,
    hash,
  }: { held: Readonly<Record<string, number>>; events: readonly PastEvent[]; hash: string | null },
  heard: Heard,
  standing: ReadonlySet<string>,
): readonly Sign[] {
  const { now } = heard;
  const facts = factsIn(hash, heard).filter(
    (fact) => standing.has(fact.kind) || now - (held[keyOf(fact)] ?? now) >= HOLD_MS[fact.kind],
  );
  return [...[...Map.groupBy(facts, ({ kind }) => kind).values()].flatMap(signOf), ...said(events)];
}

function factsIn(hash: string | null, { instances, limits, silentMs, listensSince, now }: Heard): Fact[] {
  return instances.flatMap((each): Fact[] => {
    const { instance, running, down, heardAt, vitals } = each;
    if (down || running !== hash) return [];
    const forMs = now - Math.max(heardAt, listensSince);
    if (forMs > silentMs)
      return [{ kind: 'silent', instance, what: `has been silent for ${seconds(forMs)} s` }];
    const { stalledMs, overdue, overdueBudget, failedProbesInARow } = vitals;
    const facts: Fact[] = [];
    if (stalledMs > limits.stalledMs)
      facts.push({ kind: 'stalled', instance, what: `has stood still for ${seconds(stalledMs)} s` });
    if (overdue > overdueBudget) {
      const what = `has ${overdue} requests past their deadline where ${overdueBudget} are borne`;
      facts.push({ kind: 'overdue', instance, what });
    }
    if (failedProbesInARow >= limits.failedProbes)
      facts.push({ kind: 'probes_failed', instance, what: `failed ${failedProbesInARow} probes in a row` });
    return facts;
  });
}

function said(events: readonly PastEvent[]): Sign[] {
  const of = (wanted: PastEvent['what']) => events.filter(({ what }) => what === wanted);
  const crashes = of('crashed').map(({ instance }) => instance);
  const told = (kind: 'boot_failed' | 'value_failed') =>
    signOf(of(kind).map(({ instance, cause }) => ({ kind, instance, what: cause })));
  const times = `${crashes.length} crashes in the last ${CRASHES_MS / 60_000} minutes: ${listed(crashes)}`;
  return [
    ...(crashes.length < CRASHES ? [] : [{ kind: 'crashed', what: times, instances: [...new Set(crashes)] }]),
    ...told('boot_failed'),
    ...told('value_failed'),
  ];
}

/** Of one kind: what the first says, and who else. */
function signOf(facts: readonly { kind: string; instance: string; what: string }[]): Sign[] {
  const [first] = facts;
  if (first === undefined) return [];
  const instances = [...new Set(facts.map(({ instance }) => instance))];
  const others = instances.filter((each) => each !== first.instance);
  const also = others.length === 0 ? '' : `; the same of ${listed(others)}`;
  return [{ kind: first.kind, what: `${first.instance} ${first.what}${also}`, instances }];
}

function listed(names: readonly string[]): string {
  const different = [...new Set(names)];
  const more = different.length - NAMED;
  return `${different.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} others` : ''}`;
}

function keyOf({ kind, instance }: Fact): string {
  return `${kind} ${instance}`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
