import type { AskedServers } from '../../../auth/client/transport/servers.ts';
import type { Root } from '../../main/run-process.ts';

/** So many questions in a row that no server answered, over at least this time, are more than a blip. */
const QUESTIONS = 3;
const AT_LEAST_MS = 2_000;

/**
 * Late NACK (R4): the addresses were tried before they were served with, and may stop working afterwards.
 * Keys in memory hide that from clients for a day, so it is reported when nobody has answered the library's
 * own questions for a while.
 */
export function watchAuthServers(
  { valueFailed, release }: Pick<Root, 'valueFailed' | 'release'>,
  now: () => number = () => performance.now(),
): (asked: AskedServers) => void {
  let failures = 0;
  let firstAt = 0;
  let of: unknown;
  return (asked) => {
    const { servers } = release().document.auth;
    if (asked.ok || of !== servers) failures = 0;
    of = servers;
    if (asked.ok) return;
    if (failures === 0) firstAt = now();
    failures += 1;
    if (failures < QUESTIONS || now() - firstAt < AT_LEAST_MS) return;
    valueFailed(['auth', 'servers'], `no server answers: ${asked.cause}: ${asked.detail}`);
  };
}
