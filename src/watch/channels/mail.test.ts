import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { until } from '../../../test/until.ts';
import { Channel, type Sent } from './channel.ts';
import { type Mail, type MailServer, sendMail } from './mail.ts';
import { mailServer } from './testdata/mail-server.ts';

const real = await mailServer();
after(() => real.close());
const server: MailServer = {
  ...{ host: '127.0.0.1', port: real.port, security: 'none', login: undefined },
  from: 'Imara <watch@imara.example>',
};
const mail: Mail = {
  ...{ id: 'n-1/2', to: ['duty@imara.example'], subject: 'PAGE raised: api errors' },
  text: '12 of 50 requests failed.\n.\nTo undo it: npx imara undo',
};
const send = (change: Partial<Mail> = {}, to: Partial<MailServer> = {}) =>
  sendMail({ ...server, ...to }, { ...mail, ...change }, AbortSignal.timeout(5_000));

test('a mail arrives whole, by an id that is the same on every attempt', async () => {
  await send();
  await send();
  assert.equal(real.got.length, 2);
  const [first, second] = real.got;
  assert.deepEqual([first?.from, first?.to], ['watch@imara.example', ['duty@imara.example']]);
  for (const line of [
    'From: Imara <watch@imara.example>',
    'To: duty@imara.example',
    'Subject: PAGE raised: api errors',
    'Message-ID: <n-1-2@imara.example>',
    'Auto-Submitted: auto-generated',
    '12 of 50 requests failed.',
    'To undo it: npx imara undo',
  ]) {
    assert.ok(first?.data.includes(line), line);
    assert.ok(second?.data.includes(line), line);
  }
  await send({ subject: 'a\r\nBcc: x@y.example' });
  assert.doesNotMatch(real.got.at(-1)?.data ?? '', /^Bcc:/m, 'a title is no header of its own');
});

test('what is refused for good is so, what is refused for now is not, and nothing goes in the clear', async () => {
  await assert.rejects(send({ to: ['nobody@imara.example'] }), { name: 'SendFault', forGood: true });
  real.mind.busy = true;
  await assert.rejects(send(), { name: 'SendFault', forGood: false });
  real.mind.busy = false;
  const before = real.got.length;
  await assert.rejects(send({}, { security: 'starttls' }), { name: 'SendFault' });
  await assert.rejects(send({}, { security: 'tls' }), { name: 'SendFault' });
  assert.equal(real.got.length, before);
});

test('R1: a server that never greets is given up at the deadline, with its connection', async () => {
  real.mind.hangs = true;
  const sent: Sent<Mail>[] = [];
  const channel = new Channel<Mail>({
    ...{ name: 'duty', queue: 'alert duty', timeoutMs: 50, attempts: 2, retryMs: 1 },
    transport: (message, signal) => sendMail(server, message, signal),
    ended: (one) => void sent.push(one),
  });
  after(() => channel.close());
  channel.put(mail);
  await until('it is given up', () => sent[0]);
  assert.deepEqual([sent[0]?.delivered, sent[0]?.attempts], [false, 2]);
  assert.match(sent[0]?.reason ?? '', /longer than 50 ms/);
  await until('no connection is left', () => real.open.size === 0);
  real.mind.hangs = false;
  await send();
});
