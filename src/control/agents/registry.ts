import { NO_ENDINGS } from '../../rollout/gate/endings.ts';
import type { Beat, Before, Report as OutcomeReport } from '../../rollout/machine/state.ts';
import type { InstanceId, NumberedMessage, Report } from '../../rollout/protocol.ts';
import type { Acknowledgement, InstanceRow } from '../store/instances.ts';
import { createOutcomeLedger, type Ended, NOBODY, type OutcomeLedger, together } from './outcomes.ts';

/**
 * Who reports to this process, and what of it no rollout has been given yet. Everything is kept as a level,
 * not as a queue: the last report of each instance, and sums. So nothing grows, and what could not be stored
 * is simply seen again.
 */
export interface InstanceRegistry {
  /**
   * Takes a report in. Returns the highest message of its log that is stored, or why the report is not taken.
   */
  hear(report: Report, now: number): { acknowledged: number } | { refused: string };
  /** What was stored of each instance's log before this process heard of it. */
  recall(rows: readonly Acknowledgement[]): void;
  /** Everybody of the service, and what they said since the last batch. */
  take(service: string): Batch;
  /** The batch was stored: its messages are acknowledged. */
  settle(batch: Batch): void;
  /** The batch was not stored: its sums count again. */
  putBack(batch: Batch): void;
  member(service: string, instance: string): Instance | undefined;
  services(): string[];
  /** Hashes of the releases that those of the service serve with. */
  running(service: string): ReadonlySet<string>;
  /** Rows that changed since this was called last, for the table of instances. */
  changed(): InstanceRow[];
  /** Over the last two minutes: payments and probes a second of those who serve, and how many they are. */
  rates(service: string, now: number): { instances: number; rps: number; probesPerSecond: number };
  /**
   * Over the same time, by instance: how requests ended with the release that it serves with. Of one that
   * serves with `pushed` nothing counts: that was not before the push.
   */
  tallies(service: string, pushed: string, now: number): Record<string, Before>;
  /** Drops those not heard since. */
  forget(before: number): void;
  readonly size: number;
}

export interface Instance extends InstanceId {
  readonly cell: string;
  readonly heardAt: number;
  readonly report: Report;
  /** Its disk was lost: it numbers everything again, and what it had is unknown. */
  readonly diskLost: boolean;
}

export interface InstanceClaim {
  readonly instance: string;
  readonly seq: number;
  readonly numbered: NumberedMessage;
}

export interface Batch {
  readonly service: string;
  readonly instances: readonly Instance[];
  readonly claims: readonly InstanceClaim[];
  readonly beats: readonly Beat[];
  readonly outcomes: readonly OutcomeReport[];
  /** How far the logs of those who said something go. */
  readonly heard: readonly Acknowledgement[];
}

interface Known {
  report: Report;
  heardAt: number;
  acknowledged: number;
  diskLost: boolean;
  /** Said since the last batch. */
  fresh: boolean;
  written: boolean;
  ledger: OutcomeLedger;
  unsaid: Map<string | null, Ended>;
}

/**
 * A report, its messages and its counts are one claim after another; the machine wants one number that grows
 * over all of them. `wireLimits` keeps their count in a report below this.
 */
const CLAIMS_IN_REPORT = 64;

export function createInstanceRegistry({ most }: { most: number }): InstanceRegistry {
  const services = new Map<string, Map<string, Known>>();
  const recalled = new Map<string, { log: string; acknowledged: number }>();
  const of = (service: string): Map<string, Known> => services.get(service) ?? new Map();
  const serving = (service: string) =>
    [...of(service)].filter(([, { report }]) => report.environment !== 'testing');
  const size = () => [...services.values()].reduce((sum, members) => sum + members.size, 0);

  function hear(report: Report, now: number): { acknowledged: number } | { refused: string } {
    const { service, instance, environment } = report;
    const known = of(service).get(instance);
    if (known === undefined) return meet(report, now);
    if (known.report.environment !== environment)
      return {
        refused: `${instance} reports from ${known.report.environment} too: a name is for one instance`,
      };
    const diskLost = known.report.log !== report.log;
    if (!diskLost && report.beat <= known.report.beat) return { acknowledged: known.acknowledged };
    if (diskLost) Object.assign(known, { diskLost: true, acknowledged: 0 });
    for (const [hash, ended] of known.ledger.add(report, now)) {
      known.unsaid.set(hash, together(known.unsaid.get(hash), ended));
    }
    Object.assign(known, { report, heardAt: now, fresh: true, written: false });
    return { acknowledged: known.acknowledged };
  }

  function meet(report: Report, now: number): { acknowledged: number } | { refused: string } {
    if (size() >= most) return { refused: `${most} instances report to this control already` };
    const { service, instance, log } = report;
    const before = recalled.get(`${service} ${instance}`);
    const ledger = createOutcomeLedger();
    const known: Known = {
      report,
      heardAt: now,
      acknowledged: before?.log === log ? before.acknowledged : 0,
      diskLost: before !== undefined && before.log !== log,
      fresh: true,
      written: false,
      ledger,
      unsaid: new Map(ledger.add(report, now)),
    };
    services.set(service, of(service).set(instance, known));
    return { acknowledged: known.acknowledged };
  }

  return {
    hear,
    recall(rows) {
      for (const { service, instance, log, acknowledged } of rows) {
        recalled.set(`${service} ${instance}`, { log, acknowledged });
      }
    },
    take(service) {
      const members = [...of(service).values()];
      const fresh = members.filter((known) => known.fresh);
      const batch: Batch = {
        service,
        instances: members.map(instanceOf),
        claims: fresh.flatMap(claimsOf),
        beats: fresh.map(({ report }) => ({
          instance: report.instance,
          seq: claim(report, CLAIMS_IN_REPORT - 1),
          beat: report.beat,
          hash: report.running,
          vitals: report.vitals,
        })),
        outcomes: fresh.flatMap(outcomesOf),
        heard: fresh.map(({ report, acknowledged }) => ({
          service,
          instance: report.instance,
          log: report.log,
          acknowledged: Math.max(acknowledged, report.messages.at(-1)?.seq ?? 0),
        })),
      };
      for (const known of fresh) Object.assign(known, { fresh: false, unsaid: new Map() });
      return batch;
    },
    settle({ service, heard, instances }) {
      for (const { instance, log, acknowledged } of heard) {
        const known = of(service).get(instance);
        if (known?.report.log === log) known.acknowledged = Math.max(known.acknowledged, acknowledged);
      }
      for (const { instance, diskLost, report } of instances) {
        const known = of(service).get(instance);
        if (diskLost && known?.report.log === report.log) known.diskLost = false;
      }
    },
    putBack({ service, outcomes, heard }) {
      for (const { instance } of heard) {
        const known = of(service).get(instance);
        if (known !== undefined) known.fresh = true;
      }
      for (const { instance, hash, live, probes, endings = NO_ENDINGS } of outcomes) {
        const known = of(service).get(instance);
        known?.unsaid.set(hash, together(known.unsaid.get(hash), { live, probes, endings }));
      }
    },
    member(service, instance) {
      const known = of(service).get(instance);
      return known === undefined ? undefined : instanceOf(known);
    },
    services: () => [...services.keys()],
    running(service) {
      return new Set([...of(service).values()].flatMap(({ report: { running } }) => running ?? []));
    },
    changed() {
      const rows = [...services.values()].flatMap((members) =>
        [...members.values()].filter(({ written }) => !written),
      );
      for (const known of rows) known.written = true;
      return rows.map(rowOf);
    },
    rates(service, now) {
      const each = serving(service).map(([, { ledger }]) => ledger.rates(now));
      return {
        instances: each.length,
        rps: each.reduce((sum, { rps }) => sum + rps, 0),
        probesPerSecond: each.reduce((sum, { probesPerSecond }) => sum + probesPerSecond, 0),
      };
    },
    tallies(service, pushed, now) {
      const before = serving(service).filter(([, { report }]) => report.running !== pushed);
      return Object.fromEntries(
        before.map(([instance, { ledger, report }]) => [instance, ledger.tally(report.running, now)]),
      );
    },
    forget(before) {
      for (const members of services.values()) {
        for (const [instance, { heardAt }] of members) if (heardAt < before) members.delete(instance);
      }
    },
    get size() {
      return size();
    },
  };
}

function instanceOf({ report, heardAt, diskLost }: Known): Instance {
  const { service, environment, instance, cell } = report;
  return { service, environment, instance, cell, heardAt, report, diskLost };
}

function claimsOf({ report, acknowledged }: Known): InstanceClaim[] {
  return report.messages
    .filter(({ seq }) => seq > acknowledged)
    .map((numbered, index) => ({ instance: report.instance, seq: claim(report, index), numbered }));
}

/** One for the release it serves with, even of nothing: a silent instance is waited for. */
function outcomesOf({ report, unsaid }: Known): OutcomeReport[] {
  const { instance, running } = report;
  const others = [...unsaid].filter(([hash]) => hash !== running);
  const current: [string | null, Ended] = [running, unsaid.get(running) ?? NOBODY];
  return [...others, current].map(([hash, ended], index) => ({
    instance,
    seq: claim(report, index),
    hash,
    live: ended.live,
    probes: ended.probes,
    endings: ended.endings,
  }));
}

function claim({ beat }: Report, index: number): number {
  return beat * CLAIMS_IN_REPORT + index;
}

function rowOf({ report, heardAt }: Known): InstanceRow {
  const { service, instance, environment, cell, phase, running, good, rollout, vitals } = report;
  return { service, instance, environment, cell, phase, running, good, rollout, vitals, heardAt };
}
