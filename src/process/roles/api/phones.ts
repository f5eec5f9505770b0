import type { FastifyInstance } from 'fastify';
import { choicesText } from '../../../config/check/nearest.ts';
import { createMenu } from '../../../handset/menu.ts';
import { createPhones } from '../../../handset/phones.ts';
import { handsetRoutes } from '../../../handset/routes.ts';
import { seededWallet } from '../../../handset/seeds.ts';
import { findBalance } from '../../../ledger/accounts.ts';
import { type Books, openBooks } from '../../../ledger/books.ts';
import { createAccountOpener } from '../../../mpesa/parties/accounts/account-opener.ts';
import { accounts } from '../../../mpesa/parties/accounts/accounts.ts';
import { createWallets } from '../../../mpesa/parties/accounts/wallets.ts';
import { phonePayments } from '../../../mpesa/payments/from-phone.ts';
import { accountNames } from '../../../mpesa/products/c2b/account-names/account-names.ts';
import { sealOfLookUps } from '../../../mpesa/products/c2b/account-names/rows.ts';
import { systemClock as clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/database/database.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { readCredentialKey } from '../../main/environment.ts';
import type { Root } from '../../main/run-process.ts';

const SET_MS = 4_000;

/**
 * The simulated phones for people and tests: who reaches them answers for everybody, so on one machine alone.
 * An API process opens the books when a balance is first set here, and not before.
 */
export async function mountPhones(
  { env, log, release }: Pick<Root, 'env' | 'log' | 'release'>,
  fastify: FastifyInstance,
  database: Database,
): Promise<{ close(deadline: Deadline): Promise<void> }> {
  let books: Books | undefined;
  const settings = () => release().document.accounts;
  const phones = createPhones({
    database,
    settings: () => release().document.handset,
    clock,
    balanceCents: async (msisdn) => (await findBalance(database, accounts.customer(msisdn)))?.availableCents,
    async setBalance(msisdn, cents) {
      const deadline = Deadline.in(SET_MS);
      books ??= openBooks({ url: env.databaseUrl, clock, log, lanes: 1 });
      const opener = createAccountOpener({ books, settings, termsOf: seededWallet, clock });
      await opener.open({ msisdns: [msisdn], shortCodes: [] }, deadline);
      return createWallets({ books, settings, termsOf: seededWallet, clock }).set(msisdn, cents, deadline);
    },
  });
  const pay = phonePayments({ database, clock });
  const menu = createMenu({
    database,
    settings: () => release().document.handset,
    askAccountName: accountNames({
      database,
      settings: () => ({
        timeoutMs: release().document.mpesa.c2b.accountNameTimeoutMs,
        delivery: release().document.delivery,
      }),
      seal: () => sealOfLookUps(readCredentialKey(env)),
      clock,
    }),
    take: (msisdn, { item, to, account, amountCents }, deadline) =>
      pay({ kind: item, msisdn, payee: to, accountReference: account, amountCents }, deadline),
  });
  await fastify.register(handsetRoutes(phones, { choices: choicesText, menu }), { prefix: '/handset/v1' });
  return {
    async close(deadline) {
      await books?.close(deadline);
    },
  };
}
