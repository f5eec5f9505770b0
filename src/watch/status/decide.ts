import {
  CONDITIONS,
  type Component,
  type ComponentState,
  type Condition,
  type Override,
  type Sight,
  STATES,
} from './component.ts';

/**
 * The state of a component by real traffic, alarms and probes.
 *
 * | state | entered | left |
 * | --- | --- | --- |
 * | degraded_performance | ticket; slow for 60 s; 1 % and more fail for 30 s; a flow fails from fewer places than a quorum | 5 min without |
 * | partial_outage | page; 5 % and more fail for 10 s; a flow fails from a quorum of places | usual for 5 min, and all flows good 10 times in a row |
 * | major_outage | half and more fail for 5 s; silence; a flow fails from all places | one step down at a time, 2 min each |
 * | under_maintenance | planned window, unless a major outage | its end |
 */
export function look(component: Component, sight: Sight): Component {
  const { at } = sight;
  const held = conditions(component.held, sight);
  const goodInARow = probedBad(sight)
    ? 0
    : component.goodInARow + Number(sight.probes.some(({ ok }) => ok === true));
  const [wanted, why] = wantedState(sight, held);
  const known: Component = {
    ...component,
    held,
    goodInARow,
    override: component.override !== null && component.override.until > at ? component.override : null,
  };
  const isPlanned = sight.planned && wanted !== 'major_outage';
  if (isPlanned) return to(known, 'under_maintenance', 'planned work', at);
  if (component.state === 'under_maintenance') return to(known, wanted, why, at);
  if (rank(wanted) > rank(component.state)) return to(known, wanted, why, at);
  if (wanted === component.state)
    return { ...known, betterSince: null, why: wanted === 'operational' ? component.why : why };
  return leave({ ...known, betterSince: component.betterSince ?? at }, wanted, sight);
}

/** A reason and an expiry are asked of a person who says otherwise. */
export function override(
  component: Component,
  word: Omit<Override, 'until' | 'at'> & { readonly until?: number },
  now: number,
): Component {
  if (word.reason.trim() === '') throw new Error('an override needs a reason');
  const until = word.until ?? now + OVERRIDE_MS;
  if (until <= now || until - now > MOST_OVERRIDE_MS)
    throw new Error('an override ends within a day, and not before it begins');
  return { ...component, override: { ...word, until, at: now } };
}

const OVERRIDE_MS = 30 * 60_000;
const MOST_OVERRIDE_MS = 86_400_000;
const STEP_MS = 120_000;
const CALM_MS = 300_000;
const GOOD_IN_A_ROW = 10;
const QUORUM = 2 / 3;

function leave(component: Component, wanted: ComponentState, sight: Sight): Component {
  const { state, betterSince, held, goodInARow } = component;
  const calm = sight.at - (betterSince ?? sight.at);
  switch (state) {
    case 'major_outage':
      return calm < STEP_MS
        ? component
        : to(component, 'partial_outage', 'recovering from a major outage', sight.at);
    case 'partial_outage': {
      const flows = sight.probes.length === 0 || goodInARow >= GOOD_IN_A_ROW;
      if (calm < CALM_MS || held.overUsual !== null || !flows) return component;
      return to(component, wanted, 'recovered', sight.at);
    }
    case 'degraded_performance':
      return calm < CALM_MS ? component : to(component, wanted, 'all requests and probes succeed', sight.at);
    case 'operational':
    case 'under_maintenance':
      return component;
    default:
      return state satisfies never;
  }
}

function conditions(before: Component['held'], { at, good, bad, usual, slow }: Sight): Component['held'] {
  const all = good + bad;
  const now: Record<Condition, boolean> = {
    slow,
    over1: bad >= 0.01 * all,
    over5: bad >= 0.05 * all,
    over50: bad >= 0.5 * all,
    overUsual: bad > usual * all,
  };
  // Without requests nothing is known, so nothing ends and nothing begins.
  const entries = CONDITIONS.map((name) => {
    if (all === 0 && name !== 'slow') return [name, before[name]];
    return [name, now[name] && (bad > 0 || name === 'slow') ? (before[name] ?? at) : null];
  });
  return Object.fromEntries(entries) as Component['held'];
}

function wantedState(sight: Sight, held: Component['held']): [ComponentState, string] {
  const { at, alarm } = sight;
  const lasts = (name: Condition, ms: number) => held[name] !== null && at - (held[name] ?? at) >= ms;
  const flows = probedShare(sight);
  if (alarm === 'silence') return ['major_outage', 'requests are not answered'];
  if (lasts('over50', 5_000)) return ['major_outage', 'half and more of the requests fail'];
  if (flows === 1) return ['major_outage', 'a payment of our own fails from everywhere'];
  if (alarm === 'page') return ['partial_outage', 'more requests fail than is usual'];
  if (lasts('over5', 10_000)) return ['partial_outage', '5 % and more of the requests fail'];
  if (flows >= QUORUM) return ['partial_outage', 'a payment of our own fails from most places'];
  if (alarm === 'ticket') return ['degraded_performance', 'somewhat more requests fail than is usual'];
  if (lasts('slow', 60_000)) return ['degraded_performance', 'requests take longer than is usual'];
  if (lasts('over1', 30_000)) return ['degraded_performance', '1 % and more of the requests fail'];
  if (flows > 0) return ['degraded_performance', 'a payment of our own fails from some places'];
  return ['operational', 'all requests and probes succeed'];
}

/** Of the flow that fails from most places: from what share of them. */
function probedShare({ probes }: Sight): number {
  const flows = Map.groupBy(
    probes.filter(({ ok }) => ok !== null),
    ({ flow }) => flow,
  );
  return Math.max(0, ...[...flows.values()].map((all) => all.filter(({ ok }) => !ok).length / all.length));
}

const probedBad = ({ probes }: Sight): boolean => probes.some(({ ok }) => ok === false);
const rank = (state: ComponentState): number => STATES.indexOf(state);

function to(component: Component, state: ComponentState, why: string, at: number): Component {
  if (state === component.state) return { ...component, why };
  return { ...component, state, why, since: at, betterSince: null };
}
