import assert from 'node:assert/strict';
import { readInbox } from '../../src/handset/sms.ts';
import { seedOrganisation } from '../../src/mpesa/parties/organisations.ts';
import { billManagerProduct } from '../../src/mpesa/products/bill-manager/product.ts';
import { invoiceSample, optInSample } from '../../src/mpesa/products/bill-manager/samples.ts';
import { createBills } from '../../src/mpesa/products/bill-manager/settle/settle.ts';
import { startMpesaApi } from './mpesa-api.ts';
import { paymentsFixture, settleAll } from './payments.ts';

const PREFIX = '/v1/billmanager-invoice/';

type Changes = Record<string, unknown>;

/**
 * The API over real HTTP, customers' payments over real books, and a worker of bills, on a day that tests
 * move.
 */
export async function billsFixture() {
  const fixture = await paymentsFixture();
  const { database, clock } = fixture;
  const api = await startMpesaApi({ database, clock });
  const rules = api.settings.billManager;
  /** A worker of its own: nothing is shared with another but the database. */
  const worker = () => createBills({ database, settings: () => rules, clock });
  const bills = worker();

  const on = (day: string, hour = '12:00') => Date.parse(`${day}T${hour}:00+03:00`);
  clock.ms = on('2027-01-01');

  let lastNumber = 254_735_000_000;
  const newNumber = () => String(++lastNumber);
  let lastBiller = 700_000;
  let made = 0;

  const optIn = (changes: Changes = {}) =>
    api.post(billManagerProduct.operations.optIn.paths[0], { ...optInSample, ...changes });

  /** A pay bill of its own, opted in; `call` asks with its key. */
  async function biller(changes: Changes = {}) {
    const shortCode = String(++lastBiller);
    await seedOrganisation(database, { shortCode, name: `Shop ${shortCode}`, kind: 'paybill' });
    const { status, body } = await optIn({ shortcode: shortCode, ...changes });
    assert.equal(status, 200, JSON.stringify(body));
    const key = String(body.app_key);
    const call = (path: string, sent: unknown) => api.post(PREFIX + path, sent, { app_key: key });
    return { shortCode, key, call };
  }

  const invoice = (changes: Changes = {}) => {
    made += 1;
    return { ...invoiceSample, externalReference: `INV-${made}`, dueDate: '2027-02-01', ...changes };
  };

  async function invoiced(call: Awaited<ReturnType<typeof biller>>['call'], changes: Changes = {}) {
    const sent = invoice(changes);
    const { status, body } = await call('single-invoicing', sent);
    assert.equal(status, 200, JSON.stringify(body));
    return sent.externalReference;
  }

  /** As it is kept. */
  async function kept(reference: string) {
    const { rows } = await database.query(
      `select state, paid_cents, amount_cents, billed_msisdn, to_char(due_day, 'YYYY-MM-DD') as due_day, items
       from mpesa.invoice where external_reference = $1 order by state = 'cancelled'`,
      [reference],
    );
    return rows[0];
  }

  async function stateOf(reference: string): Promise<[state: string, paidShillings: number]> {
    const { state, paid_cents } = await kept(reference);
    return [state, Number(paid_cents) / 100];
  }

  /** A payment from the phone, and what follows from it; its receipt. */
  async function pay(payee: string, accountReference: string, shillings: number, msisdn = newNumber()) {
    const id = await fixture.accept(msisdn, shillings, { payee, accountReference });
    await settleAll(fixture.worker());
    while ((await bills.pay()) > 0);
    const { receipt, result_code } = await fixture.row(id);
    assert.equal(result_code, 0);
    return String(receipt);
  }

  async function pushOf(receipt: string) {
    const { rows } = await database.query(
      `select url, body, retry_after_seconds from delivery.callback join mpesa.bill_payment using (id) where receipt = $1`,
      [receipt],
    );
    assert.equal(rows.length, 1, 'a payment is told once');
    return { ...rows[0], body: JSON.parse(rows[0].body) };
  }

  async function textsTo(msisdn: string): Promise<string[]> {
    return (await readInbox(database, msisdn, 50)).toReversed().map(({ text }) => text);
  }

  return {
    ...fixture,
    fixture,
    api,
    rules,
    worker,
    bills,
    on,
    newNumber,
    optIn,
    biller,
    invoice,
    invoiced,
    kept,
    stateOf,
    pay,
    pushOf,
    textsTo,
  };
}
