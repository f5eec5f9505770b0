import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { Deadline, within } from '../platform/deadline.ts';
import {
  invalid,
  plainErrors,
  plainRequests,
  Refusal,
  refuse,
  strictRequests,
} from '../platform/http/json-api.ts';
import { isPlain } from '../platform/http/plain-text.ts';
import type { Choices } from '../platform/http/schema-reasons.ts';
import { behaviours } from './behaviour-names.ts';
import { type Menu, type MenuItem, menuItems } from './menu.ts';
import { isSubscriber, rightForm } from './number.ts';
import type { BalanceRefusal, PersonAnswer, Phone, PhoneDetails, Phones } from './phones.ts';
import type { Sms } from './sms.ts';

const DEADLINE_MS = 5_000;

/**
 * The phones over HTTP, for tests, tools and `imara phone`; mounted at `/handset/v1` in the local profile
 * alone, because a client that reaches it can answer for every subscriber. JSON both ways; MSISDNs are 12
 * digits.
 *
 * | call | body | 200 |
 * | --- | --- | --- |
 * | `GET /phones` | | `{ phones: Phone[] }`: seeded ones and those that were set or used |
 * | `GET /phones/:msisdn` | | `Phone` and `{ balance, prompt, sms }` |
 * | `PATCH /phones/:msisdn` | any of `{ name, behaviour, pin, unlock: true, balance }` | `Phone` |
 * | `POST /phones/:msisdn/answer` | `{ pin }`, `{ pin, operator }`, `{ cancel: true }` or `{ ignore: true }` | `{ outcome }` |
 * | `GET /phones/:msisdn/menu/account-name?to=…&account=…` | | `{ outcome, name, reason }` |
 * | `POST /phones/:msisdn/menu` | `{ item, to, account, amount, pin }` | `{ outcome, payment, balance }` |
 * | `GET /phones/:msisdn/sms` | | `{ sms: Sms[] }`, newest first |
 *
 * `Phone`: `{ msisdn, name, behaviour, seeded, locked }`. `balance`: shillings as text (`"1250.00"`), or
 * `null`. `prompt`: `{ id, text, shownAt, expiresAt, asksOperator }`, or `null` when none is open; one that
 * `asksOperator` is answered with the `operator`'s id beside the PIN. `Sms`: `{ id, text, at }`. Times are
 * ISO 8601, UTC. `outcome`: `accepted`, `wrong_pin`, `pin_locked`, `cancelled` or `no_answer`.
 *
 * `balance` sets what can be spent, in shillings: `70000` or `"1250.50"`.
 *
 * `item`: `pay_bill` (the only one with an `account`), `buy_goods`, `send_money`, `pochi` or `withdraw`;
 * `amount`: whole shillings. `outcome` of a menu: `paid`, `refused`, `pending` (no result within 12 s),
 * `wrong_pin` or `pin_locked`; `payment`: `{ id, receipt, resultCode, resultDesc }`, or `null` when none was
 * taken.
 *
 * `account-name` is what the payer of a bill reads before the PIN. `outcome`: `found` with the `name`,
 * `unknown` (the merchant has no such account; `reason`: its words, or `null`), `not_answered` with the
 * `reason`, or `not_asked` (it tells nobody); what there is not is `null`.
 *
 * Errors: `{ error: { code, message } }` with 400 `invalid_request`, 404 `not_found`, 409 `no_open_prompt`,
 * `operator` (the prompt asks for one and the answer has none, or the other way round), `over_maximum`,
 * `no_account`, `promised` (by docs/reference/phones.md), `in_use` (it moved meanwhile) or `switched_off`,
 * 503 `unavailable` (no answer from the database, in 5 s at most), 500 `internal`.
 */
export function handsetRoutes(phones: Phones, { choices, menu }: { choices?: Choices; menu?: Menu } = {}) {
  return async (app: FastifyInstance): Promise<void> => {
    strictRequests(app, choices);
    plainRequests(app, isPlain);
    plainErrors(app, 'the phones could not do this; the log says why');
    app.addHook<OfPhone>('preValidation', async ({ params: { msisdn } }, reply) => {
      if (msisdn === undefined || isSubscriber(msisdn)) return;
      return refuse(reply, invalid(`"${msisdn}" is no msisdn. ${rightForm(msisdn)}`));
    });

    app.get('/phones', async () => ({ phones: await inTime('list phones', () => phones.list()) }));

    app.get<OfPhone>('/phones/:msisdn', async ({ params: { msisdn } }) =>
      details(await inTime('show phone', () => phones.show(msisdn))),
    );

    app.get<OfPhone>('/phones/:msisdn/sms', async ({ params: { msisdn } }) => ({
      sms: (await inTime('read inbox', () => phones.inbox(msisdn))).map(text),
    }));

    app.patch<OfPhone & { Body: Static<typeof Changes> }>(
      '/phones/:msisdn',
      { schema: { body: Changes } },
      async ({ params: { msisdn }, body: { balance, ...changes } }): Promise<Phone> => {
        if (balance !== undefined) {
          const set = await inTime('set balance', () => phones.setBalance(msisdn, cents(balance)));
          if (!set.ok) throw new Refusal(409, set.reason, refusals[set.reason](msisdn));
        }
        return inTime('set phone', () => phones.set(msisdn, changes));
      },
    );

    app.post<OfPhone & { Body: Static<typeof Answer> }>(
      '/phones/:msisdn/answer',
      { schema: { body: Answer } },
      async ({ params: { msisdn }, body }) => {
        const wrong = wrongAnswer(body);
        if (wrong !== undefined) throw invalid(wrong);
        const answered = await inTime('answer prompt', () => phones.answer(msisdn, personAnswer(body)));
        if (answered.ok) return { outcome: answered.outcome };
        throw new Refusal(409, ...unanswered[answered.reason](msisdn));
      },
    );

    if (menu === undefined) return;
    const switchedOff = (msisdn: string) => new Refusal(409, 'switched_off', `${msisdn} is switched off`);
    app.get<OfPhone & { Querystring: Static<typeof Bill> }>(
      '/phones/:msisdn/menu/account-name',
      { schema: { querystring: Bill } },
      async ({ params: { msisdn }, query: { to, account } }) => {
        const told = await menu.accountName(msisdn, { to, account });
        if (told === 'switched_off') throw switchedOff(msisdn);
        return { name: null, reason: null, ...told };
      },
    );

    app.post<OfPhone & { Body: Static<typeof Choice> }>(
      '/phones/:msisdn/menu',
      { schema: { body: Choice } },
      async ({ params: { msisdn }, body: { item, to, account = '', amount, pin } }) => {
        const wrong = wrongChoice(msisdn, { item, to, account });
        if (wrong !== undefined) throw invalid(wrong);
        const order = { item, to, account, amountCents: BigInt(amount) * 100n, pin };
        const ordered = await menu.order(msisdn, order);
        if (ordered === 'switched_off') throw switchedOff(msisdn);
        const { balanceCents } = await inTime('show phone', () => phones.show(msisdn));
        const payment = 'payment' in ordered ? ordered.payment : null;
        return { outcome: ordered.outcome, payment, balance: shillings(balanceCents) };
      },
    );
  };
}

const Changes = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
    behaviour: Type.Optional(Type.Enum(behaviours)),
    pin: Type.Optional(Type.String({ pattern: '^[0-9]{4}$' })),
    unlock: Type.Optional(Type.Literal(true)),
    // Shillings. As text too, because a number of JSON may not hold every cent.
    balance: Type.Optional(
      Type.Union([
        Type.Integer({ minimum: 0, maximum: 999_999_999 }),
        Type.String({ pattern: '^[0-9]{1,9}(\\.[0-9]{1,2})?$' }),
      ]),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
);

const refusals: Record<BalanceRefusal, (msisdn: string) => string> = {
  over_maximum: (msisdn) => `${msisdn} would hold more than an account may: accounts.maxBalanceShillings`,
  no_account: (msisdn) => `${msisdn} has no M-Pesa account that could hold it`,
  promised: (msisdn) => `${msisdn} has too little money by promise; set another number`,
  in_use: (msisdn) => `the balance of ${msisdn} moved while it was being set; try again`,
};

const Answer = Type.Object(
  {
    // A wrong PIN is an answer too: anything short enough may be typed.
    pin: Type.Optional(Type.String({ minLength: 1, maxLength: 12 })),
    operator: Type.Optional(Type.String({ minLength: 1, maxLength: 12 })),
    cancel: Type.Optional(Type.Literal(true)),
    ignore: Type.Optional(Type.Literal(true)),
  },
  { additionalProperties: false, minProperties: 1, maxProperties: 2 },
);

/** Why this is no answer; `undefined`: it is one. */
function wrongAnswer({ operator, ...answer }: Static<typeof Answer>): string | undefined {
  if (Object.keys(answer).length !== 1) return 'one of the properties pin, cancel and ignore is the answer';
  return operator !== undefined && answer.pin === undefined ? 'operator is typed before a pin' : undefined;
}

const unanswered: Record<'no_open_prompt' | 'operator', (msisdn: string) => [code: string, text: string]> = {
  no_open_prompt: (msisdn) => ['no_open_prompt', `${msisdn} shows no prompt now`],
  operator: (msisdn) => [
    'operator',
    `the prompt of ${msisdn} is answered with operator and pin where it asks for an operator, else with pin alone`,
  ],
};

const Account = Type.String({ minLength: 1, maxLength: 20 });

const Bill = Type.Object(
  { to: Type.String({ pattern: '^[0-9]{5,7}$' }), account: Account },
  { additionalProperties: false },
);

const Choice = Type.Object(
  {
    item: Type.Enum(menuItems),
    to: Type.String({ pattern: '^[0-9]{5,12}$' }),
    account: Type.Optional(Account),
    amount: Type.Integer({ minimum: 1, maximum: 999_999_999 }),
    pin: Type.String({ minLength: 1, maxLength: 12 }),
  },
  { additionalProperties: false },
);

/** Why the menu does not go on; `undefined`: it does. Whether there is such a payee is found out later. */
function wrongChoice(
  msisdn: string,
  { item, to, account }: { item: MenuItem; to: string; account: string },
): string | undefined {
  if (item === 'pay_bill' ? account === '' : account !== '')
    return `${item} ${account === '' ? 'needs' : 'has no'} account`;
  const toPerson = item === 'send_money' || item === 'pochi';
  if (toPerson && !isSubscriber(to)) return `"${to}" is no msisdn. ${rightForm(to)}`;
  if (toPerson && to === msisdn) return 'nobody sends money to themselves';
  return toPerson || to.length <= 7 ? undefined : `"${to}" is no number of ${item}: it has 5 to 7 digits`;
}

interface OfPhone {
  Params: { msisdn: string };
}

function personAnswer({ pin, operator, cancel }: Static<typeof Answer>): PersonAnswer {
  if (pin !== undefined) return { pin, ...(operator !== undefined && { operatorId: operator }) };
  return cancel ? 'cancel' : 'ignore';
}

function details({ balanceCents, prompt, sms, ...phone }: PhoneDetails) {
  return { ...phone, balance: shillings(balanceCents), prompt: prompt ?? null, sms: sms.map(text) };
}

function cents(balance: string | number): bigint {
  const [whole = '', rest = ''] = String(balance).split('.');
  return BigInt(whole) * 100n + BigInt(rest.padEnd(2, '0'));
}

function text({ id, text, at }: Sms) {
  return { id, text, at };
}

function shillings(cents: bigint | undefined): string | null {
  if (cents === undefined) return null;
  return `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
}

function inTime<T>(what: string, work: () => Promise<T>): Promise<T> {
  return within(Deadline.in(DEADLINE_MS), what, work);
}
