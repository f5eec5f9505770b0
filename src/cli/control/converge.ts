import { exitCodes } from '../failure.ts';
import { nameOf } from '../findings/agreement.ts';
import { columns, print, printJson, say, timeText } from '../terminal/terminal.ts';
import { type ControlOptions, controlPlane } from './control-plane.ts';

/**
 * R18: has what is in force offered again to instances without it, and shows which they are and what is done
 * about each.
 */
export async function converge(options: ControlOptions): Promise<void> {
  const { service } = options;
  const control = await controlPlane(options);
  const body = service === undefined ? {} : { service };
  const view = await control.call('POST /fleet/converge', { body });
  if (!view.agrees) process.exitCode = exitCodes.degraded;
  if (options.json) return printJson(view);
  if (view.agrees)
    return say(`Everybody serves with ${nameOf(view.inForce?.hash ?? null)}, which is in force.`);
  const rows = view.differences.map(({ instance, runs, inForce, since, does, why }) => [
    instance,
    nameOf(runs),
    nameOf(inForce),
    timeText(since),
    `control ${does}`,
    why,
  ]);
  print(columns([['INSTANCE', 'SERVES WITH', 'IN FORCE', 'SINCE', 'DONE', 'WHY'], ...rows]));
}
