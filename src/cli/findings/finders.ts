import { homeOf } from '../../supervisor/home/home.ts';
import { askStatus, readState } from '../../supervisor/local-api.ts';
import { downStatus } from '../../supervisor/status.ts';
import { controlPlane } from '../control/control-plane.ts';
import { agreement } from './agreement.ts';
import { alarms } from './alarms.ts';
import type { Finder, Situation } from './look.ts';
import { database, directory, node, ports } from './machine.ts';
import { processes } from './processes.ts';
import { watches } from './watches.ts';

/**
 * What `status` looks at while Imara runs; `doctor` looks at it too. A new part of the whole adds its finder
 * here.
 */
export const running: readonly Finder[] = [processes, agreement, alarms, watches];

/** What `doctor` looks at, in this order. */
export const everything: readonly Finder[] = [node, directory, database, ports, ...running];

/** What is known here and now. `timeoutMs`: of each question. */
export async function situationHere(timeoutMs: number): Promise<Situation> {
  const home = homeOf();
  const state = await readState(home);
  const status = (state && (await askStatus(state, timeoutMs))) ?? downStatus;
  return { home, status, timeoutMs, control: () => controlPlane({ timeout: timeoutMs / 1_000 }) };
}
