import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { afterEach, test } from 'node:test';
import { credentialOf, PASSWORD, requestsFixture, SHORT_CODE } from '../../../../../test/mpesa/requests.ts';
import { Deadline } from '../../../../platform/deadline.ts';
import { seedOrganisation } from '../../organisations.ts';
import { initiatorRoles, seedInitiator } from '../initiators.ts';
import { createInitiators, type InitiatorQuestion, type InitiatorVerdict } from './check.ts';

const { database, clock, settings, newInitiators, publicKey, good, opener } = await requestsFixture();
const ROLE = 'Balance Query ORG API';
const soon = () => Deadline.in(10_000);
const foreign = credentialOf(PASSWORD, generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey);
const wrong = credentialOf('wrong', publicKey);
const initiators = newInitiators();

afterEach(async () => {
  settings.securityCredential = 'checked';
  await database.query('update mpesa.initiator set wrong_in_row = 0, locked_until = null');
});

const asks = (securityCredential: string, changes: Partial<InitiatorQuestion> = {}): InitiatorQuestion => ({
  id: 'q',
  shortCode: SHORT_CODE,
  initiator: 'testapi',
  securityCredential,
  ...changes,
});

async function verdict(question: InitiatorQuestion): Promise<InitiatorVerdict | undefined> {
  return (await initiators.judge([question], ROLE, soon())).get('q');
}

test('an initiator is who its credential says, and may do what its roles say', async () => {
  assert.equal(await verdict(asks(good)), 'ok');
  assert.equal(await verdict(asks(credentialOf(PASSWORD, publicKey))), 'ok', 'made again, padded again');
  assert.equal(await verdict(asks(good, { initiator: 'no-roles' })), 'not_allowed');
  for (const question of [
    asks(wrong),
    asks(wrong, { initiator: 'no-roles' }),
    asks(good, { initiator: 'nobody' }),
    asks(good, { shortCode: '600000' }),
    asks(credentialOf(`${PASSWORD} `, publicKey)),
    asks(credentialOf('', publicKey)),
  ])
    assert.equal(await verdict(question), 'invalid');
});

test('what was not made with our certificate is a wrong password, whatever a library makes of its padding', async () => {
  const below = randomBytes(256);
  below[0] = 0;
  for (const credential of [foreign, below.toString('base64'), Buffer.alloc(256, 255).toString('base64')])
    assert.equal(await verdict(asks(credential)), 'invalid');
});

test('lenient: a credential made with the certificate that clients have built in passes, a wrong password does not', async () => {
  settings.securityCredential = 'lenient';
  assert.equal(await verdict(asks(foreign)), 'ok');
  assert.equal(await verdict(asks(foreign, { initiator: 'no-roles' })), 'not_allowed');
  assert.equal(await verdict(asks(foreign, { initiator: 'nobody' })), 'invalid');
  assert.equal(await verdict(asks(wrong)), 'invalid');
});

test('a credential that was right is opened once, a wrong one each time; and again when the password is another', async () => {
  const opened: string[] = [];
  const counting = createInitiators({
    database,
    opener: {
      open(credentials, deadline) {
        opened.push(...credentials);
        return opener.open(credentials, deadline);
      },
    },
    settings: () => settings,
    clock,
  });
  const judged = async (credential: string) =>
    (await counting.judge([asks(credential)], ROLE, soon())).get('q');
  for (let n = 0; n < 3; n += 1) assert.equal(await judged(good), 'ok');
  assert.deepEqual(opened, [good]);
  for (let n = 0; n < 2; n += 1) assert.equal(await judged(wrong), 'invalid');
  assert.deepEqual(opened, [good, wrong, wrong]);
  const seed = (password: string) =>
    seedInitiator(database, { shortCode: SHORT_CODE, username: 'testapi', password, roles: initiatorRoles });
  await seed('another');
  assert.equal(await judged(good), 'invalid');
  await seed(PASSWORD);
  assert.equal(await judged(good), 'ok');
});

test('a till is asked for by the initiators of its head office', async () => {
  const till = { shortCode: '5001234', name: 'Till', kind: 'till', headOffice: SHORT_CODE } as const;
  await seedOrganisation(database, till);
  assert.equal(await verdict(asks(good, { shortCode: till.shortCode })), 'ok');
});

test('ten wrong ones in a row lock an initiator for a while, the right one too; a right one before starts the count again', async () => {
  const many = (n: number) => Array.from({ length: n }, (_, i) => asks(wrong, { id: String(i) }));
  const told = async (questions: InitiatorQuestion[]) =>
    [...(await initiators.judge(questions, ROLE, soon())).values()].map((each) => each[0]).join('');
  assert.equal(await told(many(9)), 'iiiiiiiii');
  assert.equal(await verdict(asks(good)), 'ok');
  assert.equal(await told(many(12)), 'iiiiiiiiiill');
  assert.equal(await verdict(asks(good)), 'locked');
  assert.equal(await verdict(asks(good, { initiator: 'no-roles' })), 'not_allowed', 'another is not locked');
  clock.ms += 5 * 60_000;
  assert.equal(await verdict(asks(wrong)), 'invalid');
  assert.equal(await verdict(asks(good)), 'ok');
});

test('R1: a judgement ends at its deadline', async () => {
  await assert.rejects(initiators.judge([asks(good)], ROLE, Deadline.in(0)), { code: 'DEADLINE_EXCEEDED' });
});
