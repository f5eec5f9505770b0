import { isDeepStrictEqual } from 'node:util';
import { type JsonObject, sameJson } from '../../config/canonical.ts';
import type { Problem } from '../../config/check/problem.ts';
import { valueAt } from '../../config/check/schema-walk.ts';
import { documentFor } from '../../config/overlay.ts';
import { pathText } from '../../config/path.ts';
import type { RolloutPolicy } from '../../rollout/machine/state.ts';
import { obstaclesOf } from '../../rollout/plan/can-pass.ts';
import { rulesPolicy } from '../../rollout/plan/rules-policy.ts';
import { switchPolicy } from '../../rollout/plan/switch-policy.ts';
import { PRODUCTION } from '../leader/turn/events.ts';
import type { ManagedService } from '../services/managed-service.ts';
import type { ServiceGround } from './circumstances.ts';

/** The rules of a service: what its document says of how changes of it travel. */

/** How a change travels where `content` is in force. */
export function policyIn(service: ManagedService, content: JsonObject, usual: RolloutPolicy): RolloutPolicy {
  return service.policy?.(content, usual) ?? usual;
}

/** Whether everything else is, in each environment's view, what it was. */
export function changesOnlyRules(
  { kind, rules }: ManagedService,
  before: JsonObject,
  after: JsonObject,
): boolean {
  if (rules === undefined || sameJson(before, after)) return false;
  const others = (content: JsonObject): JsonObject => {
    const { [rules]: _, ...rest } = content;
    return rest;
  };
  const { environments: _, ...common } = before;
  const { environments: __, ...commonAfter } = after;
  return (
    sameJson(others(common), others(commonAfter)) &&
    kind.environments.every((environment) =>
      sameJson(others(documentFor(before, environment)), others(documentFor(after, environment))),
    )
  );
}

/** Whether a change brings other rules. */
export function bringsRules(
  service: ManagedService,
  { before, after }: { before: JsonObject; after: JsonObject },
  usual: RolloutPolicy,
): boolean {
  return !isDeepStrictEqual(policyIn(service, before, usual), policyIn(service, after, usual));
}

/**
 * Why no release could pass where `content` is in force. Rules that a change brings are refused for it; those
 * in force may have come to it later, when there were fewer people or instances.
 */
export function problemsOfRules(
  service: ManagedService,
  content: JsonObject,
  usual: RolloutPolicy,
  ground: ServiceGround,
): Problem[] {
  const { kind, rules = 'rollouts' } = service;
  const view = documentFor(content, PRODUCTION);
  return obstaclesOf(policyIn(service, content, usual), ground).map(
    ({ setting, reason, advice }): Problem => {
      const path = [rules, ...setting];
      const { value } = valueAt(view, kind.schema, path);
      const unheard = ground.measured
        ? ''
        : '; this control process does not hear the instances: ask the one that leads';
      return {
        environments: [PRODUCTION],
        path: pathText(path),
        ...(value === undefined ? {} : { value }),
        reason,
        advice: `${advice}${setting[0] === 'approvals' ? '' : unheard}`,
      };
    },
  );
}

/** In one line, for people. */
export function problemText({ path, value, reason, advice }: Problem): string {
  const shown = value === undefined ? '' : ` ${JSON.stringify(value)}`;
  return `${path}${shown} ${reason}: ${advice}`;
}

/** By which policy a change travels. What is pushed has no say in how it is judged. */
export function policyFor(
  inForce: RolloutPolicy,
  usual: RolloutPolicy,
  { switches, onlyRules }: { switches: readonly string[] | null; onlyRules: boolean },
  approvers: number,
): RolloutPolicy {
  if (switches !== null) return switchPolicy(inForce);
  return onlyRules ? rulesPolicy(inForce, usual, approvers) : inForce;
}
