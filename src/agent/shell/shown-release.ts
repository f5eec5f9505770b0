import type { Ring } from '../../rollout/instance/ring.ts';
import { type AgentMessage, wireLimits } from '../../rollout/protocol.ts';

/**
 * What is shown of a release that control does not know; `undefined`: there is nothing, or more than a report
 * can carry.
 */
export function shownOf(ring: Ring, hash: string): AgentMessage | undefined {
  const entry = ring.entries.find(({ release }) => release.hash === hash);
  if (entry?.vouch === undefined || ring.undone.includes(hash)) return undefined;
  const { release, vouch } = entry;
  const message = { type: 'shown' as const, release, vouch };
  return Buffer.byteLength(JSON.stringify(message)) > wireLimits.shownBytes ? undefined : message;
}
