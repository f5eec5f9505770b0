import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { testDatabase } from '../../test/database.ts';
import { newId } from '../platform/ids.ts';
import { defaultHandsetSettings, MAX_PROMPT_CHARACTERS } from './behaviour.ts';
import { createPhones } from './phones.ts';
import { createSimulatedGateway } from './simulated.ts';
import type { Prompt } from './types.ts';

const { database } = await testDatabase([
  { part: 'handset', directory: join(import.meta.dirname, 'migrations') },
]);

const clock = { ms: Date.parse('2026-11-23T09:00:00Z'), now: () => clock.ms };
const options = { database, settings: () => defaultHandsetSettings, clock };
const phones = createPhones(options);
const open = AbortSignal.any([]);
let last = 254_730_000_000;

function promptFor(msisdn: string, text = 'Do you want to pay Ksh1.00?'): Prompt {
  return { id: newId(), msisdn, text, expiresAt: new Date(clock.ms + 60_000) };
}

/** Each contract test with a gateway of its own, as after a restart, and a phone nobody has used. */
function gatewayAndPhone() {
  return { gateway: createSimulatedGateway(options), msisdn: String(++last) };
}

test('a prompt that is shown again is answered once, as it was planned the first time', async () => {
  const { gateway, msisdn } = gatewayAndPhone();
  const prompt = promptFor(msisdn);
  await gateway.prompt([prompt], open);
  await phones.set(msisdn, { behaviour: 'cancels' });
  await createSimulatedGateway(options).prompt([prompt, promptFor(String(++last))], open);
  clock.ms += 1_000;
  const answers = await gateway.answers(10, open);
  assert.deepEqual(
    answers.filter(({ id }) => id === prompt.id).map(({ outcome }) => outcome),
    ['accepted'],
  );
  await gateway.acknowledge(
    answers.map(({ id }) => id),
    open,
  );
});

test('answers come when they are due, oldest first, at most as many as asked, until they are acknowledged', async () => {
  const { gateway, msisdn } = gatewayAndPhone();
  const slow = String(++last);
  await phones.set(slow, { behaviour: 'pays-slowly' });
  const prompts = [promptFor(slow), promptFor(msisdn)];
  await gateway.prompt(prompts, open);
  assert.deepEqual(await gateway.answers(10, open), [], 'nobody has answered yet');
  clock.ms += 15_000;
  const [first, second] = await gateway.answers(10, open);
  assert.deepEqual([first?.id, second?.id], [prompts[1]?.id, prompts[0]?.id]);
  assert.deepEqual(first?.at, new Date(clock.ms - 14_000));
  assert.deepEqual(await gateway.answers(1, open), [first], 'not acknowledged: given again');
  await gateway.acknowledge([first?.id ?? '', newId()], open);
  assert.deepEqual(await gateway.answers(10, open), [second]);
  await gateway.acknowledge([second?.id ?? ''], open);
  assert.deepEqual(await gateway.answers(10, open), []);
});

test('a text of 182 characters is shown, one of 183 fails as a push', async () => {
  const { gateway, msisdn } = gatewayAndPhone();
  const fits = promptFor(msisdn, 'x'.repeat(MAX_PROMPT_CHARACTERS));
  const tooLong = promptFor(String(++last), 'x'.repeat(MAX_PROMPT_CHARACTERS + 1));
  await gateway.prompt([fits, tooLong], open);
  const failed = await gateway.answers(10, open);
  assert.deepEqual(failed, [{ id: tooLong.id, outcome: 'push_failed', at: new Date(clock.ms) }]);
  clock.ms += 1_000;
  const answers = await gateway.answers(10, open);
  assert.equal(answers.find(({ id }) => id === fits.id)?.outcome, 'accepted');
  await gateway.acknowledge([fits.id, tooLong.id], open);
});

test('an answer that would come after the prompt left the screen is none', async () => {
  const { gateway, msisdn } = gatewayAndPhone();
  await phones.set(msisdn, { behaviour: 'pays-slowly' });
  const prompt = { ...promptFor(msisdn), expiresAt: new Date(clock.ms + 15_000) };
  await gateway.prompt([prompt], open);
  clock.ms += 15_000;
  assert.deepEqual(await gateway.answers(10, open), [
    { id: prompt.id, outcome: 'no_answer', at: prompt.expiresAt },
  ]);
  await gateway.acknowledge([prompt.id], open);
});

test('of two people who answer at once one is told that there is nothing to answer', async () => {
  const { gateway, msisdn } = gatewayAndPhone();
  await phones.set(msisdn, { behaviour: 'waits' });
  const prompt = promptFor(msisdn);
  await gateway.prompt([prompt], open);
  const told = await Promise.all([phones.answer(msisdn, 'cancel'), phones.answer(msisdn, { pin: '1234' })]);
  assert.deepEqual(told.map(({ ok }) => ok).sort(), [false, true]);
  const winner = told.find(({ ok }) => ok);
  const [answer] = await gateway.answers(10, open);
  assert.equal(answer?.outcome, winner?.ok && winner.outcome);
  await gateway.acknowledge([prompt.id], open);
});

test('R1: a gateway that is told to stop does not keep its caller waiting', async () => {
  const { gateway } = gatewayAndPhone();
  const stop = new AbortController();
  const client = await database.connect();
  try {
    await client.query('begin; lock table handset.prompt in access exclusive mode');
    const waiting = gateway.answers(10, stop.signal);
    stop.abort(new Error('the deadline passed'));
    await assert.rejects(waiting, /the deadline passed/);
    await assert.rejects(gateway.answers(10, stop.signal), /the deadline passed/);
  } finally {
    await client.query('rollback');
    client.release();
  }
});

test('each asker is given the answers to its own prompts alone', async () => {
  const bonga = createSimulatedGateway({ ...options, asker: 'bonga' });
  const prompt = promptFor(String(++last));
  await bonga.prompt([prompt], open);
  clock.ms += 1_000;
  const idsOf = async (gateway: typeof bonga) => (await gateway.answers(1_000, open)).map(({ id }) => id);
  assert.deepEqual(await idsOf(bonga), [prompt.id]);
  assert.ok(!(await idsOf(createSimulatedGateway(options))).includes(prompt.id));
});
