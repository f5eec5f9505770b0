import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { random as seeded } from '../../src/rollout/gate/testdata/random.ts';
import type { RestartEntry } from '../../src/supervisor/restarts/journal.ts';
import { startReceiver } from '../mpesa/receiver.ts';
import { startStack } from '../stack/stack.ts';
import { type FailedRequest, startSteadyLoad } from '../stack/steady-load.ts';
import { until } from '../until.ts';

// A process is killed every second while payments are taken. Left out are PostgreSQL, without which the API
// answers with its own error, and the supervisor, whose end takes everything with it (`kill.test.ts` kills
// both).

const SECONDS = Number(process.env.IMARA_KILL_SECONDS ?? 20);
const SEED = Number(process.env.IMARA_KILL_SEED ?? Date.now() % 100_000);
const EVERY_MS = 1_000;

// A machine with other work refuses what waited for too long, which is not what is looked for here.
const patient = { maxAgeMs: 9_000, overloadedAfterMs: 9_000, overloadedMaxAgeMs: 9_000 };
const stack = await startStack({}, { serving: { queue: patient } });
const receiver = await startReceiver();
after(async () => {
  await receiver.close();
  await stack.close();
});

interface Span {
  from: number;
  to: number;
}

/** When each instance of a service was away, from the journal of restarts. */
async function awayTimes(service: string): Promise<Map<string, Span[]>> {
  const lines = (await readFile(`${stack.home}/restarts.jsonl`, 'utf8')).trimEnd().split('\n');
  const times = new Map<string, Span[]>();
  for (const line of lines) {
    const entry = JSON.parse(line) as RestartEntry & { at: string };
    if (entry.event !== 'away' && entry.event !== 'serving') continue;
    if (entry.pool.split('/')[2] !== service) continue;
    const its = times.get(entry.instance) ?? [];
    times.set(entry.instance, its);
    const last = its.at(-1);
    if (entry.event === 'away') its.push({ from: Date.parse(entry.at), to: Number.POSITIVE_INFINITY });
    else if (last !== undefined) last.to = Date.parse(entry.at);
  }
  return times;
}

const overlaps = (one: Span, other: Span) => one.from <= other.to && one.to >= other.from;
/** With the second before and after it, in which who is killed or started does not answer yet. */
const around = ({ at, until: to }: FailedRequest): Span => ({ from: at - EVERY_MS, to: to + EVERY_MS });

test('R14: a process is killed every second: only requests that a killed API process had begun fail', async (t) => {
  const load = await startSteadyLoad(await stack.status(), receiver.url);
  t.after(() => load.stop());
  await until('payments are taken', () => load.answers.ok > 50);
  const random = seeded(SEED);
  const killed: string[] = [];
  let lastAt = Date.now();
  for (const end = Date.now() + SECONDS * 1_000; Date.now() < end; ) {
    const serving = (await stack.status()).instances.filter(({ state }) => state === 'ready');
    const one = serving[Math.floor(random() * serving.length)];
    if (one?.pid) {
      process.kill(one.pid, 'SIGKILL');
      killed.push(one.name);
      lastAt = Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  await until('everything is back', async () => (await stack.status()).state === 'ready', { everyMs: 100 });
  const backMs = Date.now() - lastAt;
  await load.stop();

  const { ok, failed } = load.answers;
  const [api, auth] = await Promise.all([awayTimes('api'), awayTimes('auth')]);
  /** An API process was killed while it lasted, or while the connection was kept that it was sent on. */
  const wasCut = (one: FailedRequest) =>
    one.cut && [...api.values()].flat().some(({ from }) => overlaps({ from, to: from }, around(one)));
  /** Nobody was there who could have issued a token, up to the moment that it was given up. */
  const hadNoIssuer = ({ asked, until: to }: FailedRequest) =>
    asked === 'token' &&
    [...auth.values()].every((times) => times.some((away) => overlaps(away, { from: to - 500, to })));
  /** No API process was there, so that the supervisor's stand-in said so. */
  const hadNobody = ({ cut, what, until: to }: FailedRequest) =>
    !cut &&
    what.includes('500.003.02') &&
    [...api.values()].every((times) => times.some((away) => overlaps(away, { from: to - 500, to })));
  const [cut, tokenless, refused] = [wasCut, hadNoIssuer, hadNobody].map((kind) => failed.filter(kind));
  t.diagnostic(`IMARA_KILL_SEED=${SEED} kills: ${killed.join(' ')}`);
  t.diagnostic(
    `${ok} requests answered, ${cut?.length} cut, ${tokenless?.length} tokens without an authentication server, ` +
      `${refused?.length} refused without an API process; ` +
      `everything back ${backMs} ms after the last kill`,
  );
  assert.deepEqual(
    failed.filter((one) => !wasCut(one) && !hadNoIssuer(one) && !hadNobody(one)),
    [],
  );
  assert.ok(killed.length >= SECONDS / 2, `only ${killed.length} kills`);
  assert.ok(ok > 100, `only ${ok} requests were answered`);
  assert.match(await stack.imara('ledger', 'check'), /all \d+ invariants hold/);
});
