import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pushRequest, takeToken } from '../src/mpesa/client.ts';
import { freePort } from '../src/supervisor/ports.ts';
import type { Status } from '../src/supervisor/status.ts';
import { until } from '../test/until.ts';
import type { Bench } from './report.ts';

const MSISDN = '254700000005';
const REACH_SECONDS = 15;
const GIVE_UP_MS = 120_000;
const POLL_MS = 25;
const ROUNDS = 2;

/**
 * From `npm start` to the first payable prompt: a token was taken, a push accepted, and the phone shows it.
 * Packages are installed; the home is fresh (PostgreSQL makes its files, credentials and schema are made),
 * then used once before.
 */
export const start: Bench = async ({ log }) => {
  const fresh: number[] = [];
  const again: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const home = await mkdtemp(join(tmpdir(), 'imara-bench-start-'));
    try {
      fresh.push(await secondsToPrompt(home));
      again.push(await secondsToPrompt(home));
      log(`fresh home ${fresh.at(-1)?.toFixed(2)} s, used home ${again.at(-1)?.toFixed(2)} s`);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  }
  return {
    bench: 'start: npm start to the first payable prompt',
    figures: [
      {
        what: 'fresh home, slowest',
        value: Math.max(...fresh),
        unit: 's',
        reach: { at: 'most', value: REACH_SECONDS },
      },
      { what: 'used home, slowest', value: Math.max(...again), unit: 's' },
    ],
    notes: [
      `${ROUNDS} rounds; dependencies installed; looked every ${POLL_MS} ms`,
      'includes npm itself, PostgreSQL (initdb on a fresh home), migrations, seeds and six processes',
    ],
  };
};

async function secondsToPrompt(home: string): Promise<number> {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    IMARA_HOME: home,
    IMARA_PORT_BASE: String(await freePort(0)),
  };
  delete env.DATABASE_URL;
  const startedAt = performance.now();
  // `--silent` keeps npm's own lines out of the JSON.
  const npm = spawn('npm', ['start', '--silent', '--', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  try {
    const status = await printedStatus(npm);
    await push(status);
    await promptShown(status);
    return (performance.now() - startedAt) / 1_000;
  } finally {
    await interrupt(npm);
  }
}

/** What `imara up --json` prints once everything serves. */
function printedStatus(npm: ChildProcess): Promise<Status> {
  return new Promise((resolve, reject) => {
    let printed = '';
    npm.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.endsWith('}\n')) resolve(JSON.parse(printed));
    });
    npm.once('exit', () => reject(new Error(`npm start ended before it was ready:\n${printed}`)));
    AbortSignal.timeout(GIVE_UP_MS).addEventListener('abort', () => reject(new Error('npm start: too slow')));
  });
}

async function push({ api, credentials }: Status): Promise<void> {
  if (api === null || credentials === null) throw new Error('no address, or no credentials');
  const token = await takeToken(api, credentials, AbortSignal.timeout(GIVE_UP_MS));
  const payment = {
    msisdn: MSISDN,
    shillings: 1,
    callbackUrl: 'http://127.0.0.1:9/callback',
    reference: 'START',
  };
  const { path, ...request } = pushRequest(token, credentials, payment);
  const ask = () => fetch(api + path, { ...request, signal: AbortSignal.timeout(GIVE_UP_MS) });
  // In a used home the push of the first start, cancelled as it ended, may have to be resolved first.
  let refusal = '';
  await until(
    'the push is taken',
    async () => {
      const answer = await ask();
      if (!answer.ok) refusal = `${answer.status} ${await answer.text()}`;
      return answer.ok;
    },
    { everyMs: POLL_MS, deadlineMs: GIVE_UP_MS },
  ).catch((error: unknown) => {
    throw new Error(`the push was refused: ${refusal}`, { cause: error });
  });
}

async function promptShown({ api }: Status): Promise<void> {
  const look = { everyMs: POLL_MS, deadlineMs: GIVE_UP_MS };
  const isShown = async (): Promise<boolean> => {
    const phone = await fetch(`${api}/handset/v1/phones/${MSISDN}`, {
      signal: AbortSignal.timeout(GIVE_UP_MS),
    });
    const { prompt } = (await phone.json()) as { prompt: unknown };
    return prompt !== null;
  };
  await until('the prompt is shown', isShown, look);
  // Off the screen again, so that the next start can ask.
  await fetch(`${api}/handset/v1/phones/${MSISDN}/answer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ cancel: true }),
    signal: AbortSignal.timeout(GIVE_UP_MS),
  });
}

/** As Ctrl-C does: to the whole group. */
async function interrupt(npm: ChildProcess): Promise<void> {
  if (npm.pid === undefined || npm.exitCode !== null || npm.signalCode !== null) return;
  const ended = new Promise((resolve) => npm.once('exit', resolve));
  process.kill(-npm.pid, 'SIGINT');
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 30_000).unref())]);
}
