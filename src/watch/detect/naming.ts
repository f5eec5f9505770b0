import type { Series, Severity } from './reading.ts';
import { contains, DIMENSIONS, keyOf, width } from './scope.ts';
import type { Finding, ScopeState, Symptom } from './scope-state.ts';

/**
 * One fault shows in several scopes: in the service, in the product, in the release. This makes one alarm of
 * it, with the narrowest name that holds nearly all of it. A name once said stays while its scope is found:
 * an alarm whose key changes would page twice.
 */
export type Names = Readonly<Record<string, Name>>;

interface Name {
  readonly series: Series;
  readonly severity: Severity;
}

export interface Found {
  readonly scope: Series;
  readonly finding: Finding;
}

/** So much of what is bad has to be in one place for the place to be named. */
const NEARLY_ALL = 0.9;
const RANK: Readonly<Record<Severity, number>> = { note: 0, ticket: 1, page: 2 };

export function name(
  names: Names,
  found: readonly Found[],
  scopes: Readonly<Record<string, ScopeState>>,
): { names: Names; named: { series: Series; finding: Finding }[] } {
  const next: Record<string, Name> = {};
  const named: { series: Series; finding: Finding }[] = [];
  const widestFirst = found.toSorted((a, b) => width(a.scope) - width(b.scope));
  const said = (symptom: Symptom, least: Severity) =>
    named.filter(({ finding }) => finding.symptom === symptom && RANK[finding.severity] >= RANK[least]);
  const say = (key: string, series: Series, finding: Finding) => {
    next[key] = { series, severity: finding.severity };
    named.push({ series, finding });
  };

  const fresh: Found[] = [];
  for (const one of widestFirst) {
    const { scope, finding } = one;
    const key = `${finding.symptom} ${keyOf(scope)}`;
    const before = names[key];
    // What was a note paged nobody: when it grows, what is known by then gives the name.
    if (before === undefined || (before.severity === 'note' && finding.severity !== 'note')) fresh.push(one);
    else say(key, before.series, finding);
  }
  for (const { scope, finding } of fresh) {
    const members = membersOf(scope, finding.symptom, scopes);
    const others = said(finding.symptom, finding.severity).map(({ series }) => series);
    if (others.some((series) => contains(series, scope))) continue;
    const covered = members.filter(({ series }) => others.some((other) => contains(other, series)));
    if (covered.length > 0 && total(covered) >= NEARLY_ALL * total(members)) continue;
    const series = narrowed(scope, members);
    if (others.some((other) => contains(other, series))) continue;
    say(`${finding.symptom} ${keyOf(scope)}`, series, finding);
  }
  return { names: next, named };
}

interface Member {
  readonly series: Series;
  readonly weight: number;
}

/** The full series in a scope, by how much of the symptom is theirs. */
function membersOf(scope: Series, symptom: Symptom, scopes: Readonly<Record<string, ScopeState>>): Member[] {
  const members = Object.values(scopes).filter(({ series }) => contains(scope, series));
  const widest = Math.max(...members.map(({ series }) => width(series)));
  return members
    .filter(({ series }) => width(series) === widest)
    .map((state) => ({ series: state.series, weight: weightOf(state, symptom) }))
    .filter(({ weight }) => weight > 0);
}

function weightOf({ scores, flow }: ScopeState, symptom: Symptom): number {
  switch (symptom) {
    // The pair of the lowest ratios remembers for longest.
    case 'errors':
      return scores.at(-1)?.bad ?? 0;
    case 'silence':
      return flow.inFlight;
    case 'stuck':
      return flow.inFlight > 0 && flow.oldestMs > flow.deadlineMs ? 1 : 0;
    case 'budget':
      return 0;
    default:
      return symptom satisfies never;
  }
}

function narrowed(scope: Series, members: readonly Member[]): Series {
  let [series, left] = [scope, members];
  for (const dimension of DIMENSIONS) {
    if (series[dimension] !== undefined) continue;
    for (const [value, those] of Map.groupBy(left, (member) => member.series[dimension])) {
      if (value === undefined || total(those) < NEARLY_ALL * total(left)) continue;
      series = { ...series, [dimension]: value };
      left = those;
    }
  }
  return series;
}

const total = (members: readonly Member[]): number => members.reduce((sum, { weight }) => sum + weight, 0);
