import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inProduction, rolesFixture } from '../../../../test/roles.ts';
import { until } from '../../../../test/until.ts';
import { openBooks } from '../../../ledger/books.ts';
import { systemClock } from '../../../platform/clock.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { newId } from '../../../platform/ids.ts';
import { serveWorker } from './serve-worker.ts';

const fixture = await rolesFixture();
const document = inProduction(fixture.builtIn.content);
const root = fixture.root(() => document);
const worker = await serveWorker(root);
const books = openBooks({ url: fixture.variables.DATABASE_URL, clock: systemClock, log: root.log });
after(async () => {
  await worker.stop(new AbortController().signal);
  await books.close(Deadline.in(5_000));
  await root.end();
});

test('R14: a worker frees money that was held for longer than it may be', async () => {
  const soon = () => Deadline.in(10_000);
  const [payer, payee] = [900_000_000_000_001n, 900_000_000_000_002n];
  const terms = { kind: 'customer', floorCents: null, ceilingCents: null } as const;
  await books.openAccounts(
    [
      { id: payer, ...terms },
      { id: payee, ...terms },
    ],
    soon(),
  );
  const hold = {
    kind: 'pending',
    id: newId(),
    debit: payer,
    credit: payee,
    amountCents: 60n,
    code: 'hold',
  } as const;
  const availableCents = async () => (await books.balance(payer, soon()))?.availableCents;
  const { applied } = await books.post(
    { transfers: [{ ...hold, expiresAt: new Date(Date.now() + 2_000) }] },
    soon(),
  );
  assert.equal(applied, true);
  assert.equal(await availableCents(), -60n);
  await until('it is free again', async () => (await availableCents()) === 0n, { everyMs: 50 });
});
