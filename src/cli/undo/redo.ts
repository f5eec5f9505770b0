import { type ControlOptions, controlPlane } from '../control/control-plane.ts';
import { showChanges } from '../releases/config.ts';
import { endedWell, followRollout } from '../releases/follow.ts';
import { print, printJson, say } from '../terminal/terminal.ts';

/**
 * Offers again what was undone last, or the release that is named, through the normal way; with `wait`, stays
 * until it is over.
 */
export async function redo(
  release: string | undefined,
  options: ControlOptions & { reason: string; wait?: true },
): Promise<void> {
  const { service, reason, json, wait, timeout } = options;
  const control = await controlPlane(options);
  const again = await control.call('POST /redo', {
    body: { ...(service && { service }), ...(release !== undefined && { release }), reason },
  });
  if ('unchanged' in again) {
    if (json) printJson(again);
    return say('Nothing was offered: what it would change is in force.');
  }
  const { rollout, changes, redoes } = again;
  if (!json) {
    if (redoes !== undefined)
      say(`Release ${redoes.sequence} is offered again. It went back because: ${redoes.because}.`);
    showChanges(changes);
    print(rollout.id);
  }
  const now = wait ? await followRollout(control, rollout.id, { seconds: timeout }) : rollout;
  if (json) printJson({ ...again, rollout: now });
  if (wait) return endedWell(now);
  say(`Follow it: npx imara rollout watch ${rollout.id}`);
}
