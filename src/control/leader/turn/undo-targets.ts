import { isBackward } from '../../../rollout/machine/phases.ts';
import { type Command, leftBy } from '../../store/commands.ts';
import type { ActiveRollout } from '../memory/active-rollout.ts';

/**
 * R17: of an undo, exactly what it names. `known`: those of them that are known here. `leaves`: those that
 * instances get the order to leave. Content that went back and came again with another rollout is that one's
 * now.
 */
export function undoTargets(
  active: readonly ActiveRollout[],
  command: Command,
): { known: readonly ActiveRollout[]; leaves: readonly ActiveRollout[] } {
  const ofService = active.filter(({ service }) => service === command.service);
  const names = leftBy(command);
  const known = ofService.filter(({ id }) => names.includes(id));
  const cameAgain = ({ id, state: { hash, phase } }: ActiveRollout) =>
    isBackward(phase.at) &&
    ofService.some(
      (other) => other.id !== id && other.state.hash === hash && !isBackward(other.state.phase.at),
    );
  return { known, leaves: known.filter((each) => !cameAgain(each)) };
}
