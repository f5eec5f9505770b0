import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '../../../test/database.ts';
import { until } from '../../../test/until.ts';
import { openDatabase } from '../../platform/database/database.ts';
import { Deadline } from '../../platform/deadline.ts';
import { organisations, seedOrganisation } from './organisations.ts';
import { isPasskeyOf, passkeyIn } from './passkey.ts';
import { sandboxOrganisation } from './sandbox.ts';

const { database, url } = await testDatabase([
  { part: 'mpesa', directory: fileURLToPath(new URL('../migrations', import.meta.url)) },
]);
await seedOrganisation(database, sandboxOrganisation);
const { shortCode } = sandboxOrganisation;
const soon = () => Deadline.in(5_000);

test('a passkey is right or wrong, the first time and every time after', () => {
  const organisation = { passkeySha256: hash('sha256', 'right', 'buffer') };
  for (let i = 0; i < 3; i += 1) {
    assert.equal(isPasskeyOf(organisation, Buffer.from('wrong'), 0), false);
    assert.equal(isPasskeyOf(organisation, Buffer.from('right'), 0), true);
    assert.equal(isPasskeyOf(organisation, Buffer.from(''), 0), false);
  }
  assert.equal(isPasskeyOf({ passkeySha256: undefined }, Buffer.from(''), 0), false);
});

test('the passkey before the one of now is taken until its time is over, however often it was right', () => {
  const sha256 = (text: string) => hash('sha256', text, 'buffer');
  const organisation = { passkeySha256: sha256('new'), former: { sha256: sha256('old'), untilMs: 1_000 } };
  const at = (nowMs: number) =>
    ['new', 'old', 'older'].map((key) => isPasskeyOf(organisation, Buffer.from(key), nowMs));
  for (let i = 0; i < 2; i += 1) assert.deepEqual(at(999), [true, true, false]);
  assert.deepEqual(at(1_000), [true, false, false]);
});

test('a password is taken apart by its short code and timestamp', () => {
  const password = (text: string) => Buffer.from(text).toString('base64');
  assert.equal(passkeyIn(password('174379key20261123'), '174379', '20261123')?.toString(), 'key');
  assert.equal(passkeyIn(password('17437920261123'), '174379', '20261123'), undefined);
  assert.equal(passkeyIn(password('174379key20261123'), '174378', '20261123'), undefined);
  assert.equal(passkeyIn(password('174379key20261123'), '174379', '20261124'), undefined);
});

test('the passkey itself is nowhere in the database', async () => {
  const { rows } = await database.query('select * from mpesa.organisation');
  assert.equal(JSON.stringify(rows).includes(sandboxOrganisation.passkey), false);
  assert.deepEqual(rows[0].passkey_sha256, hash('sha256', sandboxOrganisation.passkey, 'buffer'));
});

test('a thousand unknown short codes at once are few queries', async () => {
  let queries = 0;
  const counted = Object.assign(Object.create(database), {
    query: (...args: Parameters<typeof database.query>) => {
      queries += 1;
      return database.query(...args);
    },
  });
  const { find } = organisations(counted);
  const codes = Array.from({ length: 1_000 }, (_, i) => String(600_000 + (i % 500)));
  const found = await Promise.all([...codes, shortCode].map((code) => find(code, soon())));
  assert.equal(found.filter((lookup) => lookup.found).length, 1);
  assert.ok(queries <= 2, `${queries} queries`);
});

test('a new passkey is in force after the old reading has aged, without a restart', async () => {
  let ageMs = 0;
  const { find } = organisations(database, { nowMs: () => performance.now() + ageMs });
  const right = async (passkey: string) => {
    const lookup = await find('600100', soon());
    return lookup.found && isPasskeyOf(lookup.organisation, Buffer.from(passkey), 0);
  };
  const merchant = { shortCode: '600100', name: 'Shop', kind: 'paybill' } as const;
  await seedOrganisation(database, { ...merchant, passkey: 'old' });
  assert.equal(await right('old'), true);
  await seedOrganisation(database, { ...merchant, passkey: 'new' });
  assert.equal(await right('old'), true);
  ageMs = 60_000;
  await until('the new passkey is in force', () => right('new'));
  assert.equal(await right('old'), false);
});

test('who does not believe what is in memory asks the database, once a second', async () => {
  let ageMs = 0;
  const known = organisations(database, { nowMs: () => performance.now() + ageMs });
  const merchant = { shortCode: '600101', name: 'Shop', kind: 'paybill' } as const;
  await seedOrganisation(database, { ...merchant, passkey: 'old' });
  assert.equal((await known.find('600101', soon())).found, true);
  await seedOrganisation(database, { ...merchant, passkey: 'new' });
  assert.equal(known.findAgain('600101', soon()), undefined, 'it was read just now');
  ageMs = 1_000;
  const again = await known.findAgain('600101', soon());
  assert.ok(again?.found && isPasskeyOf(again.organisation, Buffer.from('new'), 0));
  assert.equal(known.findAgain('600101', soon()), undefined);
  const found = await known.find('600101', soon());
  assert.ok(
    found.found && isPasskeyOf(found.organisation, Buffer.from('new'), 0),
    'and all others know it too',
  );
});

test('R1: with the database away, who is known is found and who is not is unavailable, never absent', async () => {
  const own = openDatabase({ url, name: 'leaving', maxConnections: 1 });
  let ageMs = 0;
  const { find } = organisations(own, { nowMs: () => performance.now() + ageMs });
  assert.equal((await find(shortCode, soon())).found, true);
  await own.end();
  ageMs = 60_000;
  assert.equal((await find(shortCode, soon())).found, true);
  assert.deepEqual(await find('600001', soon()), { found: false, reason: 'unavailable' });
  assert.deepEqual(await find('600002', Deadline.in(0)), { found: false, reason: 'unavailable' });
});
