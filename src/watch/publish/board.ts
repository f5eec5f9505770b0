import type { Alarm } from '../alarm/alarm.ts';
import type { ProbeResult, Reading } from '../detect/reading.ts';
import type { Interval } from '../incident/incident.ts';
import { numberIn } from '../incident/kinds.ts';
import type { Entry } from '../journal/entry.ts';
import {
  type Component,
  type ComponentState,
  type Sight,
  STATES,
  shown,
  startComponent,
} from '../status/component.ts';
import { dateOf } from '../status/days.ts';
import { look, override } from '../status/decide.ts';
import type { ShownComponent } from '../status/state.ts';

interface Kept {
  component: Component;
  /** Of a product, the service that was last seen to serve it: an alarm of it all is one of the product. */
  service: string | undefined;
  watchedSince: number;
  intervals: Interval[];
  requests: Record<string, { good: number; bad: number }>;
  /** Since the last second. */
  second: { good: number; bad: number };
  probe: { failures: number; at: number } | undefined;
}

const MOST_COMPONENTS = 100;
const MOST_INTERVALS = 500;
/** One failure is the network's. */
const FAILURES = 3;
const STALE_MS = 60_000;
const USUAL = 0.01;
/** Today, and the 90 days before it. */
const SHOWN_DAYS = 91;

/**
 * The components of the status page: each product that instances report, and each target that is checked.
 * Says as entries when the state of one changes; after a restart these say what was known. A person's word
 * changes what is shown, and nothing that was measured: incidents and uptime go by what the machine sees.
 */
export class Board {
  readonly #kept = new Map<string, Kept>();
  readonly #wall: () => number;
  readonly #planned: (component: string, at: number) => boolean;

  /** `planned`: whether a component is worked on at an instant. */
  constructor(wall: () => number, planned: (component: string, at: number) => boolean = () => false) {
    this.#wall = wall;
    this.#planned = planned;
  }

  /** An entry that an earlier process wrote. */
  seen(entry: Entry): void {
    this.said(entry);
    if (entry.kind === 'component.changed') {
      const kept = this.#of(entry.subject, entry.at);
      const state = STATES.find((one) => one === entry.after);
      if (kept === undefined || state === undefined) return;
      kept.component = { ...kept.component, state, since: entry.at, why: entry.text ?? '' };
      this.#interval(kept, state, entry.at);
    }
    if (entry.kind === 'impact.counted') {
      const kept = this.#of(entry.subject, numberIn(entry, 'from') ?? entry.at);
      if (kept !== undefined)
        this.#count(kept, entry.at, numberIn(entry, 'good') ?? 0, numberIn(entry, 'bad') ?? 0);
    }
  }

  /** What a person says of a component: `component.overridden`, with its end, and `component.released`. */
  said({ kind, subject, at, actor = 'somebody', text = '', after, data }: Entry): void {
    if (kind !== 'component.overridden' && kind !== 'component.released') return;
    const kept = this.#of(subject, at);
    const state = STATES.find((one) => one === after);
    const until = Number(data?.until);
    if (kept === undefined) return;
    const isOver = kind === 'component.released' || state === undefined || !(until > this.#wall());
    const word = isOver ? null : { state, by: actor, reason: text, until, at };
    kept.component = { ...kept.component, override: word };
  }

  /**
   * The entry of a person's word, `forMs` from now (30 minutes where it is not said); a text says what is
   * wrong with it, `undefined` that there is no such component.
   */
  override(
    name: string,
    { state, reason, forMs }: Readonly<Record<string, unknown>>,
    by: string,
  ): Entry | string | undefined {
    const component = this.#kept.get(name)?.component;
    const at = this.#wall();
    if (component === undefined) return undefined;
    const wanted = STATES.find((one) => one === state);
    if (wanted === undefined) return `"state" must be one of ${STATES.join(', ')}`;
    if (typeof reason !== 'string' || reason.length > 500) return '"reason" must be at most 500 letters';
    if (forMs !== undefined && typeof forMs !== 'number') return '"forMs" must be a number';
    try {
      const word = { state: wanted, by, reason, ...(forMs === undefined ? {} : { until: at + forMs }) };
      const { override: said } = override(component, word, at);
      return {
        ...{ at, source: 'person', kind: 'component.overridden', subject: name, actor: by, text: reason },
        ...{ before: shown(component, at), after: wanted, data: { until: said?.until ?? at } },
      };
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** The entry with which a component goes by what the machine sees again; `undefined`: it does. */
  release(name: string, by: string): Entry | undefined {
    const component = this.#kept.get(name)?.component;
    const at = this.#wall();
    if (component?.override == null || component.override.until <= at) return undefined;
    return {
      ...{ at, source: 'person', kind: 'component.released', subject: name, actor: by },
      ...{ text: `${name} is shown as it is measured again.`, before: shown(component, at) },
      after: component.state,
    };
  }

  counted(readings: readonly Reading[]): void {
    const at = this.#wall();
    for (const { series, good, bad } of readings) {
      const kept = this.#of(series.product ?? series.service, at);
      if (kept === undefined) continue;
      kept.service = series.service;
      kept.second.good += good;
      kept.second.bad += bad;
      this.#count(kept, at, good, bad);
    }
  }

  probed({ subject, ok }: ProbeResult): void {
    const kept = this.#of(subject, this.#wall());
    if (kept !== undefined)
      kept.probe = { failures: ok ? 0 : (kept.probe?.failures ?? 0) + 1, at: this.#wall() };
  }

  /** Once a second. */
  tick(alarms: readonly Alarm[]): Entry[] {
    const at = this.#wall();
    return [...this.#kept.values()].flatMap((kept) => {
      const before = kept.component;
      kept.component = look(before, { ...this.#sight(kept, alarms, at), at });
      kept.second = { good: 0, bad: 0 };
      if (kept.component.state === before.state) return [];
      this.#interval(kept, kept.component.state, at);
      return [changeOf(before, kept.component, at)];
    });
  }

  components(): ShownComponent[] {
    const now = this.#wall();
    return [...this.#kept.values()].map(({ component, watchedSince, intervals, requests }) => {
      const { name, since, why, override: word } = component;
      const said = word !== null && word.until > now ? word : null;
      return {
        ...{ id: name, name, state: shown(component, now), since: said?.at ?? since },
        ...{ why: said === null ? why : 'set by hand', override: said, intervals, requests, watchedSince },
      };
    });
  }

  #of(name: string, at: number): Kept | undefined {
    const before = this.#kept.get(name);
    if (before !== undefined || this.#kept.size >= MOST_COMPONENTS) return before;
    const kept: Kept = {
      component: startComponent(name, at),
      service: undefined,
      watchedSince: at,
      intervals: [],
      requests: {},
      second: { good: 0, bad: 0 },
      probe: undefined,
    };
    this.#kept.set(name, kept);
    return kept;
  }

  #sight(
    { component: { name }, service: ownService, second, probe }: Kept,
    alarms: readonly Alarm[],
    at: number,
  ): Omit<Sight, 'at'> {
    const ours = alarms.filter(({ detection: { series, subject } }) =>
      series === undefined
        ? subject === name
        : (series.product ?? name) === name && [name, ownService].includes(series.service),
    );
    const is = (severity: string, symptom?: string) =>
      ours.some(
        (one) => one.severity === severity && (symptom === undefined || one.detection.symptom === symptom),
      );
    const ok =
      probe === undefined || at - probe.at > STALE_MS
        ? null
        : probe.failures === 0
          ? true
          : probe.failures >= FAILURES
            ? false
            : null;
    return {
      ...{ ...second, usual: USUAL, slow: false, planned: this.#planned(name, at) },
      alarm: is('page', 'silence') ? 'silence' : is('page') ? 'page' : is('ticket') ? 'ticket' : null,
      probes: probe === undefined ? [] : [{ flow: name, vantage: 'here', ok }],
    };
  }

  #interval(kept: Kept, state: ComponentState, at: number): void {
    const ended = kept.intervals.map((one) => (one.to === null ? { ...one, to: at } : one));
    const bad = state !== 'operational' && state !== 'under_maintenance';
    const begun = bad ? [{ component: kept.component.name, state, from: at, to: null }] : [];
    kept.intervals = [...ended, ...begun].slice(-MOST_INTERVALS);
  }

  #count(kept: Kept, at: number, good: number, bad: number): void {
    const date = dateOf(at);
    const known = kept.requests[date];
    if (known !== undefined) {
      known.good += good;
      known.bad += bad;
      return;
    }
    kept.requests[date] = { good, bad };
    const dates = Object.keys(kept.requests).sort();
    if (dates.length > SHOWN_DAYS) delete kept.requests[dates[0] ?? ''];
  }
}

function changeOf(before: Component, after: Component, at: number): Entry {
  return {
    ...{ at, source: 'status', kind: 'component.changed', subject: after.name, text: after.why },
    ...{ before: before.state, after: after.state },
  };
}
