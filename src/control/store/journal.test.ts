import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlDatabase } from '../../../test/control/store.ts';
import { inTransaction } from '../../platform/database/database.ts';
import { appendJournal, type Entry, readJournal, verifyJournal } from './journal.ts';

const { database } = await controlDatabase();

function entry(number: number): Entry {
  return {
    at: 1_800_000_000_000 + number,
    actor: 'amina',
    kind: 'test.entry',
    subject: `subject-${number % 2}`,
    data: {
      number,
      share: 0.1,
      text: 'é\u0000\ud800 "',
      nested: [{ b: 1, a: null }],
      most: Number.MAX_VALUE,
    },
  };
}

const append = (...numbers: number[]) =>
  inTransaction(database, (client) => appendJournal(client, numbers.map(entry)));

/** Changes rows as somebody with the database's password could, and puts them back. */
async function tampered(sql: string, undo: string, check: () => Promise<void>): Promise<void> {
  const off = 'alter table control.journal disable trigger journal_immutable;';
  await database.query(`${off}${sql}`);
  await check();
  await database.query(`${undo};alter table control.journal enable trigger journal_immutable`);
}

test('R15: writers at once make one order, and the chain verifies', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, index) => append(index * 2, index * 2 + 1)));
  const rows = await readJournal(database, { limit: 100 });
  assert.deepEqual(
    rows.map(({ sequence }) => sequence),
    Array.from({ length: 40 }, (_, index) => index + 1),
  );
  assert.ok(rows.every((row, index) => index === 0 || row.previous === rows[index - 1]?.hash));
  const checked = await verifyJournal(database, 7);
  assert.deepEqual(checked, { ok: true, rows: 40, head: rows.at(-1)?.hash });
});

test('R15: what a transaction wrote and took back leaves no gap', async () => {
  await assert.rejects(
    inTransaction(database, async (client) => {
      await appendJournal(client, [entry(1)]);
      throw new Error('the fact could not be written');
    }),
  );
  await append(100);
  assert.deepEqual((await verifyJournal(database)).ok, true);
});

test('R15: rows can be neither changed nor removed', async () => {
  await assert.rejects(database.query(`update control.journal set actor = 'x'`), /never changed/);
  await assert.rejects(database.query('delete from control.journal'), /never changed/);
});

const lies: [what: string, column: string, value: string, row: number][] = [
  ['another actor', 'actor', `'mallory'`, 5],
  ['another time', 'at', `at + interval '1 millisecond'`, 6],
  ['another subject', 'subject', `'else'`, 7],
  ['another kind', 'kind', `'else'`, 8],
  ['other data', 'data', `'{"number":9}'`, 9],
  ['the same data in other bytes', 'data', `(data::text || ' ')::json`, 10],
];
for (const [what, column, value, row] of lies) {
  test(`R15: ${what} in one row is found, and the row is named`, async () => {
    const { rows } = await database.query(
      `select ${column}::text as kept from control.journal where sequence = ${row}`,
    );
    const kept = String(rows[0].kept).replaceAll("'", "''");
    await tampered(
      `update control.journal set ${column} = ${value} where sequence = ${row}`,
      `update control.journal set ${column} = '${kept}' where sequence = ${row}`,
      async () =>
        assert.deepEqual(await verifyJournal(database, 4), {
          ok: false,
          sequence: row,
          reason: 'was changed after it was written',
        }),
    );
    assert.equal((await verifyJournal(database)).ok, true);
  });
}

test('R15: a row taken out is found, in the middle and at the end', async () => {
  for (const row of [20, 41]) {
    await tampered(
      `create table control.kept as select * from control.journal where sequence = ${row};
       delete from control.journal where sequence = ${row}`,
      'insert into control.journal select * from control.kept; drop table control.kept',
      async () => {
        const checked = await verifyJournal(database);
        assert.equal(checked.ok, false);
        assert.equal(checked.ok ? 0 : checked.sequence, row);
        assert.match(checked.ok ? '' : checked.reason, /missing/);
      },
    );
  }
  assert.equal((await verifyJournal(database)).ok, true);
});

test('R15: a row written with a fitting hash of its own breaks the row after it', async () => {
  const { rows } = await database.query(`select hash from control.journal where sequence = 30`);
  await tampered(
    `update control.journal set hash = 'sha256:forged' where sequence = 30`,
    `update control.journal set hash = '${rows[0].hash}' where sequence = 30`,
    async () => assert.equal((await verifyJournal(database)).ok, false),
  );
});

test('one subject is read alone, page by page', async () => {
  const first = await readJournal(database, { limit: 3, subject: 'subject-1' });
  assert.deepEqual(
    first.map(({ subject }) => subject),
    ['subject-1', 'subject-1', 'subject-1'],
  );
  const next = await readJournal(database, {
    limit: 3,
    subject: 'subject-1',
    after: first[2]?.sequence ?? 0,
  });
  assert.ok((next[0]?.sequence ?? 0) > (first[2]?.sequence ?? 0));
});
