import type { Clock } from '../../platform/clock.ts';
import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import type { Ground } from '../../rollout/plan/can-pass.ts';
import type { Traffic } from '../../rollout/plan/waves.ts';
import { measuredTraffic } from '../leader/traffic.ts';
import { PRODUCTION } from '../leader/turn/events.ts';
import { listOperators, mayAct, type Operator } from '../operators.ts';
import type { ManagedService } from '../services/managed-service.ts';
import type { ControlSettings } from '../settings.ts';
import { readInstances } from '../store/instances.ts';

/** What there is to carry out a service's policy, now. */
export interface ServiceGround extends Ground {
  /** Who could approve what this person pushes: approvers, themselves not counted. */
  approversBeside(author: string): number;
  /** Whether the traffic was measured; else it is the probes alone, of which there are at least so many. */
  readonly measured: boolean;
}

export type ReadGround = (
  client: Database | DatabaseClient,
  service: ManagedService,
) => Promise<ServiceGround>;

export function groundReader({
  settings,
  clock,
  traffic,
}: {
  settings: () => ControlSettings;
  clock: Clock;
  /** As the process that leads measures it; the others do not hear the instances. */
  traffic: (service: string) => Traffic | undefined;
}): ReadGround {
  return async (client, { kind: { service }, insisted }) => {
    const { lostMs, traffic: assumed, policy } = settings();
    const operators = await listOperators(client);
    const heard = await readInstances(client, { service, since: clock.now() - lostMs });
    const measured = traffic(service);
    return {
      fleet: heard.filter(({ environment }) => environment === PRODUCTION),
      traffic: measured ?? measuredTraffic({ instances: 0, rps: 0, probesPerSecond: 0 }, assumed),
      measured: measured !== undefined,
      approvers: mostApprovers(operators),
      approversBeside: (author) => approversIn(operators.filter(({ name }) => name !== author)),
      insisted: insisted?.(policy) ?? 0,
    };
  };
}

/** Where somebody else can push, none of the approvers has to be the author. */
function mostApprovers(operators: readonly Operator[]): number {
  const approvers = approversIn(operators);
  const others = operators.some((each) => mayAct(each, 'editor') && !mayAct(each, 'approver'));
  return others ? approvers : Math.max(0, approvers - 1);
}

function approversIn(operators: readonly Operator[]): number {
  return operators.filter((each) => mayAct(each, 'approver')).length;
}
