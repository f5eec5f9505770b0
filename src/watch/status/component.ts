/** The words of Statuspage. */
export const STATES = [
  'operational',
  'under_maintenance',
  'degraded_performance',
  'partial_outage',
  'major_outage',
] as const;
export type ComponentState = (typeof STATES)[number];

/** What is known of a component in one second. */
export interface Sight {
  readonly at: number;
  readonly good: number;
  readonly bad: number;
  /** The usual share of failures. */
  readonly usual: number;
  /** Is the 99th percentile of the latency over twice its target? */
  readonly slow: boolean;
  /** The most urgent alarm of the component that is open. */
  readonly alarm: 'page' | 'ticket' | 'silence' | null;
  /** Each flow from each place: `null` since nothing was heard lately. */
  readonly probes: readonly {
    readonly flow: string;
    readonly vantage: string;
    readonly ok: boolean | null;
  }[];
  /** Is it in a planned window? */
  readonly planned: boolean;
}

/** What is remembered of a component. Plain JSON. */
export interface Component {
  readonly name: string;
  readonly state: ComponentState;
  readonly since: number;
  /** Why it is so, in one sentence. */
  readonly why: string;
  /** A person's word goes before the machine's, until it expires. */
  readonly override: Override | null;
  /** Since when each condition holds; `null`: it does not. */
  readonly held: Readonly<Record<Condition, number | null>>;
  /** All flows good so often in a row. */
  readonly goodInARow: number;
  /** Since when nothing asks for the state that it has: it is left a while after. */
  readonly betterSince: number | null;
}

export interface Override {
  /** When it was said. */
  readonly at: number;
  readonly state: ComponentState;
  readonly by: string;
  readonly reason: string;
  readonly until: number;
}

export const CONDITIONS = ['slow', 'over1', 'over5', 'over50', 'overUsual'] as const;
export type Condition = (typeof CONDITIONS)[number];

export const startComponent = (name: string, at: number): Component => ({
  name,
  state: 'operational',
  since: at,
  why: 'all requests and probes succeed',
  override: null,
  held: { slow: null, over1: null, over5: null, over50: null, overUsual: null },
  goodInARow: 0,
  betterSince: null,
});

/** What is shown: a person's word while it holds. */
export const shown = ({ state, override }: Component, now: number): ComponentState =>
  override !== null && override.until > now ? override.state : state;
