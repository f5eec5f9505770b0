import { columns, facts, paint, print, printJson, say } from '../terminal.ts';
import { type CallOptions, callLocal, eat } from './call.ts';

interface Callback {
  id: string;
  url: string;
  state: string;
  attempts: number;
  dueAt: string;
  createdAt: string;
}

interface Details extends Callback {
  headers: Record<string, string>;
  body: string;
  log: {
    at: string;
    outcome: string;
    status: number | null;
    address: string | null;
    durationMs: number;
    reason: string | null;
    response: string | null;
  }[];
}

const BASE = '/local/v1/callbacks';
const advice = {
  not_found: '`npx imara callbacks list` shows those there are.',
  pending: '`npx imara callbacks show ID` says when it is due.',
};

export async function listCallbacks(
  options: CallOptions & {
    state?: string;
    payment?: string;
    host?: string;
    limit: number;
    synthetic?: true;
  },
): Promise<void> {
  const { state, payment, host, limit, synthetic } = options;
  const query = new URLSearchParams({ limit: String(limit) });
  for (const [name, value] of Object.entries({ state, payment, host })) if (value) query.set(name, value);
  if (synthetic) query.set('synthetic', 'true');
  const { callbacks } = await callLocal<{ callbacks: Callback[] }>(options, 'GET', `${BASE}?${query}`);
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

export async function showCallback(id: string, options: CallOptions): Promise<void> {
  const callback = await callLocal<Details>(options, 'GET', `${BASE}/${encodeURIComponent(id)}`, { advice });
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

export async function resendCallback(id: string, options: CallOptions): Promise<void> {
  const path = `${BASE}/${encodeURIComponent(id)}/resend`;
  const resent = await callLocal<{ state: string }>(options, 'POST', path, { advice });
  if (options.json) return printJson(resent);
  print(resent.state);
  say(`It is sent now; \`npx imara callbacks show ${id}\` says how that ended.`);
}
