import type { Taste } from '../agent/taster/verdict.ts';
import { checkAuthServer } from '../auth/client/check.ts';
import type { platformSchema } from '../config/platform/platform.ts';
import { Deadline } from '../platform/deadline.ts';
import { createQuota } from '../serving/quota.ts';

export { platform as kind } from '../config/platform/platform.ts';

/** Of the taster's 10 s: what is left is for its own start, and to say what was found. */
const ASK_MS = 6_000;

// Runs in a process of its own with each new document, before anything serves with it. The addresses are the values that no
// look at the document can judge: each is really resolved, connected to, and asked for its keys, from where it will be used.
export const taste: Taste<typeof platformSchema> = async (document, { purpose, signal }) => {
  createQuota(() => document.serving.quota);
  // A way back must load; that its servers answer today is not asked, for they may be why one leaves.
  if (purpose === 'way back') return undefined;
  const { servers } = document.auth;
  const deadline = Deadline.in(ASK_MS);
  const checks = await Promise.all(
    servers.map((address) => checkAuthServer(address, document.auth, deadline)),
  );
  signal.throwIfAborted();
  for (const [index, checked] of checks.entries()) {
    if (checked.ok) continue;
    return { key: `auth.servers[${index}]`, cause: `${checked.cause}: ${checked.detail}` };
  }
  return undefined;
};
