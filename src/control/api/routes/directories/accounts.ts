import { Refusal } from '../../../../platform/http/json-api.ts';
import { routeOf } from '../../../contract/operation.ts';
import { accountOperations as operations } from '../../../contract/resources/directories/accounts.ts';
import type { AccountDirectory } from '../../../directories/accounts.ts';
import type { ApiContext } from '../../context.ts';
import type { OperatorsApi } from '../../http.ts';

const PAGE = 1_000;

/** Statements, balances, and what reconciling asks. */
export function accountRoutes({ database, clock }: ApiContext, accounts: AccountDirectory) {
  const periodOf = ({
    from,
    to,
    after,
    limit = PAGE,
  }: {
    from?: string;
    to?: string;
    after?: string;
    limit?: number;
  }) => ({
    from: new Date(from === undefined ? 0 : Date.parse(from)),
    to: new Date(to === undefined ? clock.now() : Date.parse(to)),
    after,
    limit,
  });
  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'GET /accounts/:account/statement'),
      handler: async (request) => {
        const { account } = request.params;
        const statement = await accounts.statement(database, account, periodOf(request.query));
        if (statement === undefined) throw noAccount(account);
        return statement;
      },
    });

    app.route({
      ...routeOf(operations, 'GET /accounts/:account/balance'),
      handler: async (request) => {
        const { account } = request.params;
        const { at } = request.query;
        const moment = new Date(at === undefined ? clock.now() : Date.parse(at));
        const found = await accounts.balance(database, account, moment);
        if (found === undefined) throw noAccount(account);
        return { ...found, at: moment.toISOString() };
      },
    });

    app.route({
      ...routeOf(operations, 'POST /reconciliation'),
      handler: async (request) => {
        const { shortCode, receipts } = request.body;
        const known = await accounts.receipts(
          database,
          shortCode,
          receipts.map(({ receipt }) => receipt),
        );
        const times = [...known.values()].map(({ at }) => at.getTime()).toSorted((a, b) => a - b);
        const time = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
        return {
          missing: receipts.filter(({ receipt }) => !known.has(receipt)).map(({ receipt }) => receipt),
          different: receipts.flatMap(({ receipt, amount }) => {
            const booked = known.get(receipt)?.amount;
            return booked === undefined || Number(booked) === Number(amount)
              ? []
              : [{ receipt, amount: booked }];
          }),
          first: time(times[0]),
          last: time(times.at(-1)),
        };
      },
    });

    app.route({
      ...routeOf(operations, 'GET /transactions'),
      handler: async (request) => {
        const { shortCode, ...period } = request.query;
        return accounts.transactions(database, shortCode, periodOf(period));
      },
    });
  };
}

function noAccount(name: string): Refusal {
  return new Refusal(
    404,
    'not_found',
    `there is no account ${name}: a subscriber's number, or a short code with a kind, such as 174379/utility`,
  );
}
