import { readState } from '../fleet/control-line.ts';
import { homeOf } from '../fleet/home.ts';
import { exitCodes, Failure } from './failure.ts';
import { columns, paint, print, printJson, say } from './terminal.ts';

export interface CallOptions {
  /** Base URL of the API; else `IMARA_API`, else the one of this home. */
  api?: string;
  json?: true;
  /** Seconds. */
  timeout: number;
}

interface Phone {
  msisdn: string;
  name: string;
  behaviour: string;
  seeded: boolean;
  locked: boolean;
}

interface PhoneDetails extends Phone {
  balance: string | null;
  prompt: { id: string; text: string; shownAt: string; expiresAt: string } | null;
  sms: { id: string; text: string; at: string }[];
}

export async function listPhones(options: CallOptions): Promise<void> {
  const { phones } = await call<{ phones: Phone[] }>(options, 'GET', '/phones');
  if (options.json) return printJson({ phones });
  print(columns([['MSISDN', 'NAME', 'BEHAVIOUR', ''], ...phones.map(row)]));
}

export async function showPhone(msisdn: string, options: CallOptions): Promise<void> {
  const phone = await call<PhoneDetails>(options, 'GET', `/phones/${encodeURIComponent(msisdn)}`);
  if (options.json) return printJson(phone);
  const { balance, prompt, sms } = phone;
  print(columns([row(phone)]));
  print(`balance  ${balance === null ? 'not known: nothing was paid yet' : `KES ${balance}`}`);
  print(
    prompt === null
      ? 'no prompt on the screen'
      : `${paint('bold', prompt.text)}\nuntil ${eat(prompt.expiresAt)}`,
  );
  for (const { at, text } of sms) print(`${paint('dim', eat(at))}  ${text}`);
  if (prompt !== null) say(`Answer it: npx imara phone answer ${msisdn} --pin 1234 (or --cancel, --ignore)`);
}

export async function answerPhone(
  msisdn: string,
  options: CallOptions & { pin?: string; cancel?: true; ignore?: true },
): Promise<void> {
  const { pin, cancel, ignore } = options;
  const answers = [pin !== undefined && { pin }, cancel && { cancel }, ignore && { ignore }].filter(Boolean);
  if (answers.length !== 1) {
    throw new Failure({
      what: 'How should the phone be answered?',
      fix: 'Give one of --pin PIN, --cancel and --ignore.',
      exitCode: exitCodes.usage,
    });
  }
  const path = `/phones/${encodeURIComponent(msisdn)}/answer`;
  const answered = await call<{ outcome: string }>(options, 'POST', path, answers[0]);
  if (options.json) return printJson(answered);
  print(answered.outcome);
}

export async function setPhone(
  msisdn: string,
  options: CallOptions & { name?: string; behaviour?: string; pin?: string; unlock?: true; balance?: string },
): Promise<void> {
  const { name, behaviour, pin, unlock, balance } = options;
  const changes = { name, behaviour, pin, unlock, balance: balance?.replaceAll(',', '') };
  const phone = await call<Phone>(options, 'PATCH', `/phones/${encodeURIComponent(msisdn)}`, changes);
  if (options.json) return printJson(phone);
  print(columns([row(phone)]));
}

function row({ msisdn, name, behaviour, locked }: Phone): string[] {
  return [msisdn, name, behaviour, locked ? 'PIN locked' : ''];
}

/** East Africa Time, as the network's own messages give it. */
function eat(iso: string): string {
  return new Date(iso).toLocaleString('en-GB', { timeZone: 'Africa/Nairobi' });
}

async function call<T>(options: CallOptions, method: string, path: string, body?: unknown): Promise<T> {
  const url = `${await apiUrl(options)}/handset/v1${path}`;
  const response = await fetch(url, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
    signal: AbortSignal.timeout(options.timeout * 1_000),
  }).catch((error: Error) => {
    throw notReached(url, error, options.timeout);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer as T;
  const { error } = (answer ?? {}) as { error?: { code: string; message: string } };
  throw new Failure({
    what: error?.message ?? `${url} answered ${response.status}`,
    fix:
      error === undefined
        ? 'Is this the API of an Imara on one machine? Only there are phones simulated.'
        : (advice[error.code] ?? ''),
  });
}

const advice: Record<string, string> = {
  invalid_request:
    'A number is 12 digits and starts with 2547 or 2541, such as 254700000005. For the rest see `npx imara phone --help`.',
  no_open_prompt: 'Send a push to it first; `npx imara phone show MSISDN` shows its screen.',
};

function notReached(url: string, error: Error, timeout: number): Failure {
  if (error.name === 'TimeoutError') {
    return new Failure({
      what: `${url} did not answer within ${timeout} s.`,
      why: 'What was asked for may still be done.',
      fix: 'See `npx imara status`; give it longer with --timeout SECONDS.',
      exitCode: exitCodes.timedOut,
    });
  }
  return new Failure({
    what: `${url} cannot be reached.`,
    why: error.cause instanceof Error ? error.cause.message : error.message,
    fix: 'See `npx imara status`; name another API with --api URL.',
  });
}

async function apiUrl({ api = process.env.IMARA_API }: CallOptions): Promise<string> {
  if (api) return api.replace(/\/+$/, '');
  const here = (await readState(homeOf(process.env)))?.status.api;
  if (here) return here;
  throw new Failure({
    what: 'Imara is not up here.',
    fix: 'Start it with `npx imara up`, or name another API with --api URL.',
  });
}
