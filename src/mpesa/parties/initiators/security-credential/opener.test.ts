import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, test } from 'node:test';
import { credentialOf } from '../../../../../test/mpesa/requests.ts';
import { Deadline } from '../../../../platform/deadline.ts';
import { credentialOpener } from './opener.ts';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const opener = credentialOpener({ privateKey: () => privateKey });
after(() => opener.close());
const soon = () => Deadline.in(10_000);
const of = (text: string) => credentialOf(text, keys.publicKey);

test('each credential is opened, and one that cannot be harms no other', async () => {
  const texts = ['Safaricom999!*!', 'é', 'x'.repeat(245)];
  const broken = [Buffer.alloc(256).toString('base64'), Buffer.alloc(3).toString('base64'), ''];
  assert.deepEqual(await opener.open([...texts.map(of), ...broken], soon()), [
    ...texts,
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual(await opener.open([], soon()), []);
});

test('R1: who waits behind many is told at its deadline, and the thread goes on', async () => {
  const one = of('a');
  const many = opener.open(
    Array.from({ length: 2_000 }, () => one),
    soon(),
  );
  await assert.rejects(opener.open([one], Deadline.in(20)), { code: 'DEADLINE_EXCEEDED' });
  assert.equal((await many).length, 2_000);
});

test('the thread leaves the loop free while it opens', async () => {
  const many = opener.open(
    Array.from({ length: 500 }, () => of('a')),
    soon(),
  );
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  await many;
  clearInterval(timer);
  assert.ok(turns > 5, `${turns} turns`);
});

test('a thread that ends is told to those who wait, and started again', async () => {
  const waiting = opener.open(
    Array.from({ length: 2_000 }, () => of('a')),
    soon(),
  );
  await opener.close();
  await assert.rejects(waiting, /has ended/);
  assert.deepEqual(await opener.open([of('b')], soon()), ['b']);
});

test('a key that is none is said, not waited for', async () => {
  const none = credentialOpener({ privateKey: () => 'none' });
  await assert.rejects(none.open([of('a')], soon()), /DECODER|PEM|asn1|key/i);
});
