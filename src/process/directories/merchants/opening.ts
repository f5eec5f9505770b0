import type { OpeningView } from '../../../control/contract/resources/directories/merchants/one.ts';
import type { OpenedMerchant, Refused } from '../../../control/directories/merchants.ts';
import { derivedId } from '../../../mpesa/identifiers/derived-id.ts';
import type { Database, DatabaseClient } from '../../../platform/database/database.ts';
import type { Money, Movement } from './money.ts';
import { merchantOf, refuse } from './numbers.ts';

// The books commit by themselves. So what a merchant begins with is written down with the merchant, and is
// moved when that has committed: a merchant that was refused has moved nothing, and what was not moved yet,
// because control died or the source had too little, can be moved later. Once: its ids follow from the
// merchant.

const KINDS = ['working', 'utility'] as const;

interface Opening {
  readonly amount: string;
  readonly source: string;
  readonly movedAt: Date | null;
}

/** With the merchant, in its transaction. Refused where the books would refuse it now. */
export async function planOpening(
  client: DatabaseClient,
  money: Money,
  shortCode: string,
  { amount, source = 'float' }: { amount: string; source?: string },
): Promise<Refused | undefined> {
  const refused = await money.refusal(client, movementsOf(shortCode, { amount, source }, 0));
  if (refused !== undefined) return refused;
  await client.query('insert into mpesa.merchant_opening (short_code, amount, source) values ($1, $2, $3)', [
    shortCode,
    amount,
    source,
  ]);
  return undefined;
}

/** Moves what a merchant that is there begins with; again, it moves nothing more and says the same. */
export async function moveOpening(
  client: DatabaseClient,
  money: Money,
  number: string,
  now: number,
): Promise<OpenedMerchant | Refused> {
  const merchant = await merchantOf(client, number, { lock: true });
  if ('refused' in merchant) return merchant;
  const { shortCode } = merchant;
  const opening = await openingOf(client, shortCode);
  if (opening === undefined)
    return refuse(
      'no_effect',
      `${shortCode} was made to begin without money; \`merchant fund ${shortCode} SHILLINGS\` brings some`,
    );
  const done = await money.move(await notRefused(client, (tries) => movementsOf(shortCode, opening, tries)));
  if ('refused' in done) return done;
  await client.query(
    'update mpesa.merchant_opening set moved_at = coalesce(moved_at, $2) where short_code = $1',
    [shortCode, new Date(now)],
  );
  return { shortCode, amount: opening.amount, source: opening.source, isNew: opening.movedAt === null };
}

/** A refusal is for ever, as every decision of the books: each try after one is another transfer. */
async function notRefused(
  client: DatabaseClient,
  movementsAfter: (tries: number) => Movement[],
): Promise<Movement[]> {
  for (let tries = 0; ; tries += 1) {
    const movements = movementsAfter(tries);
    const { rowCount } = await client.query(
      'select from ledger.transfer where id = any($1) and refusal is not null',
      [movements.map(({ id }) => id)],
    );
    if (rowCount === 0) return movements;
  }
}

/** `null`: it began without money. */
export async function showOpening(
  client: Database | DatabaseClient,
  shortCode: string,
): Promise<OpeningView | null> {
  const opening = await openingOf(client, shortCode);
  if (opening === undefined) return null;
  const { amount, source, movedAt } = opening;
  return { amount, source, movedAt: movedAt?.toISOString() ?? null };
}

async function openingOf(client: Database | DatabaseClient, shortCode: string): Promise<Opening | undefined> {
  const { rows } = await client.query<Opening>(
    'select amount, source, moved_at as "movedAt" from mpesa.merchant_opening where short_code = $1',
    [shortCode],
  );
  return rows[0];
}

/** The same in Working and in Utility: together or not at all. */
function movementsOf(
  shortCode: string,
  { amount, source }: Pick<Opening, 'amount' | 'source'>,
  tries: number,
): Movement[] {
  return KINDS.map((kind) => ({
    id: derivedId('merchant-opening', shortCode, kind, amount, source, String(tries)),
    shortCode,
    kind,
    amount,
    source,
    code: 'opening',
  }));
}
