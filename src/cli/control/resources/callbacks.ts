import type { CallbackView } from '../../../control/contract/resources/directories/merchants.ts';
import { eat } from '../../local/call.ts';
import { columns, facts, paint, print, printJson, say } from '../../terminal/terminal.ts';
import { type ControlOptions, controlPlane } from '../control-plane.ts';

/** Callbacks to merchants, and how each ended. */
export async function listCallbacks(
  options: ControlOptions & {
    state?: CallbackView['state'];
    payment?: string;
    host?: string;
    since?: number;
    limit: number;
    synthetic?: true;
  },
): Promise<void> {
  const { state, payment, host, limit, synthetic } = options;
  const since = options.since === undefined ? undefined : new Date(options.since).toISOString();
  const control = await controlPlane(options);
  const query = { state, payment, host, since, limit, ...(synthetic && { synthetic: 'true' as const }) };
  const { callbacks } = await control.call('GET /callbacks', { query });
  if (options.json) return printJson({ callbacks });
  const rows = callbacks.map(({ id, state, attempts, createdAt, url }) => [
    id,
    state,
    String(attempts),
    eat(createdAt),
    url,
  ]);
  print(columns([['ID', 'STATE', 'ATTEMPTS', 'WRITTEN', 'URL'], ...rows], { spare: [2, 3] }));
  if (callbacks.some(({ state }) => state === 'exhausted' || state === 'refused')) {
    say('`npx imara callbacks resend ID` sends one that failed again.');
  }
}

/** One with every attempt. */
export async function showCallback(id: string, options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const callback = await control.call('GET /callbacks/:id', { params: { id } });
  if (options.json) return printJson(callback);
  const { url, state, dueAt, headers, body, log } = callback;
  const due = state === 'pending' ? `, due ${eat(dueAt)}` : '';
  const shown = Object.entries(headers);
  print(facts([['id', callback.id], ['url', url], ['state', state + due], ...shown]));
  print(body);
  for (const { at, outcome, status, durationMs, reason, response } of log) {
    const answer = [status === null ? outcome : `${outcome}, HTTP ${status}`, reason]
      .filter(Boolean)
      .join(': ');
    print(`${paint('dim', eat(at))}  ${answer} (${durationMs} ms)`);
    if (response) print(`  ${response}`);
  }
  if (log.length === 0) say('It was not attempted yet.');
}

/** Sends one that failed again, with its whole schedule before it. */
export async function resendCallback(id: string, options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const resent = await control.call('POST /callbacks/:id/resend', { params: { id } });
  if (options.json) return printJson(resent);
  print(resent.state);
  say(`It is sent now; \`npx imara callbacks show ${id}\` says how that ended.`);
}
