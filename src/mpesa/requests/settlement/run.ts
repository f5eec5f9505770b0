import type { Database } from '../../../platform/database/database.ts';
import type { Log } from '../../../platform/log.ts';
import { listen } from '../../work-queue/hint.ts';
import { stepLoops } from '../../work-queue/step-loops.ts';
import { asks, pays } from './product.ts';
import { BATCH, type RequestSettlement } from './settle.ts';

/** The channel that tells workers to look for requests. */
export const REQUEST_CHANNEL = 'imara_requests';

/**
 * Runs the steps until `signal` aborts, then settles when each has finished the batch it had and what was
 * judged is paid: a loop a product, one more where it asks and where it pays, and one for what nobody dealt
 * with in time. Any number of processes may run this at once.
 */
export async function runRequests<Settings>(
  { products, settle, collect, pay, expire, renew, finish }: RequestSettlement<Settings>,
  { database, signal, log }: { database: Database; signal: AbortSignal; log: Log },
): Promise<void> {
  const { repeat, hint } = stepLoops({ full: BATCH, signal, log });
  await Promise.all([
    ...products.map((product) =>
      repeat(
        product.name,
        async () => {
          const settled = await settle(product);
          if (settled > 0) hint(paysOf(product.name));
          return settled;
        },
        CALM,
      ),
    ),
    ...products.filter(asks).map((product) =>
      repeat(asksOf(product.name), async () => {
        const collected = await collect(product);
        if (collected > 0) hint(paysOf(product.name));
        return collected;
      }),
    ),
    ...products.filter(pays).map((product) => repeat(paysOf(product.name), () => pay(product), CALM)),
    repeat('expire', expire, CALM),
    repeat('renew', renew, CALM),
    listen(database, REQUEST_CHANNEL, {
      // Each product that looks costs a query: those look that have something.
      onHint: (topics) => {
        for (const name of topics.length > 0 ? topics : products.map(({ name }) => name)) hint(name);
      },
      signal,
      log,
    }),
  ]);
  await finish().catch((error: unknown) => {
    log.warn({ err: error }, 'judged requests are paid by another worker when their claim lapses');
  });
}

/** Hints come at acceptance, and when the books are to decide; none comes of the answer of a phone. */
const CALM = { calm: true };

const asksOf = (name: string) => `${name} asks`;
const paysOf = (name: string) => `${name} pays`;
