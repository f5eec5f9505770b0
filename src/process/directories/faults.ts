import type { JsonObject } from '../../config/canonical.ts';
import type { FaultDirectory } from '../../control/directories/faults.ts';
import { deleteFaults, forgetPlans, insertFault, listFaults } from '../../mpesa/faults/rows.ts';
import { milliseconds, type Scenario, withText } from '../../mpesa/faults/rule.ts';
import { checkScenario } from './check-faults.ts';

const USUAL_SEED = 1;
/** What was planned for a request is of use until the request has ended, and to those who look into it. */
const KEPT_MS = 7 * 86_400_000;

/**
 * The failures on demand that the API has, for control. `allowed`: whether this installation may have any.
 */
export function faultDirectory(allowed: boolean): FaultDirectory {
  return {
    allowed,
    async list(client, now) {
      const faults = await listFaults(client);
      return faults.map(({ rule, setAt, expiresAt, ...fault }) => ({
        ...fault,
        rule: JSON.parse(JSON.stringify(rule)) as JsonObject,
        setAt: setAt.toISOString(),
        expiresAt: expiresAt?.toISOString() ?? null,
        over:
          (expiresAt !== null && expiresAt.getTime() <= now) ||
          (rule.times !== undefined && fault.hits >= rule.times),
      }));
    },
    check: checkScenario,
    async set(client, scenario, { actor, now }) {
      const { seed = USUAL_SEED, faults } = withText(scenario) as unknown as Scenario;
      await forgetPlans(client, new Date(now - KEPT_MS));
      for (const rule of faults) {
        await insertFault(client, {
          name: rule.name,
          rule,
          seed,
          setBy: actor,
          setAt: new Date(now),
          expiresAt: rule.for === undefined ? null : new Date(now + milliseconds(rule.for)),
          times: rule.times ?? null,
        });
      }
      return faults.map(({ name }) => name);
    },
    clear: deleteFaults,
  };
}
