import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Field, optional, ruled } from '../field.ts';
import { wholeShillings } from '../shillings.ts';
import { text } from '../text.ts';
import { form } from './form.ts';
import { list, nested } from './nested.ts';

const short: Field<string, { max: number }> = {
  schema: text().schema,
  read: (value, { max }) => text(max).read(value, undefined),
};
const fields = form(
  {
    Zeta: text(),
    Amount: wholeShillings,
    Remarks: optional(
      ruled(short, (max: number) => ({ max })),
      '-',
    ),
  },
  { told: (wrong, body) => (wrong === 'Amount' && body.Alias !== undefined ? 'Alias' : wrong) },
);

test('fields are read under their own names, as what they mean', () => {
  const read = fields.read({ Zeta: 7, Amount: '10', Remarks: 'four', Unknown: 1 }, 4);
  assert.deepEqual(read, { Zeta: '7', Amount: 1_000n, Remarks: 'four' });
});

test('the first that is wrong is named, in the order of the form, whatever the order of the body', () => {
  assert.deepEqual(fields.names, ['Zeta', 'Amount', 'Remarks']);
  assert.deepEqual(fields.read({ Remarks: 'too long', Amount: 0, Zeta: '' }, 4), { invalid: 'Zeta' });
  assert.deepEqual(fields.read({ Remarks: 'too long', Amount: 0, Zeta: 'z' }, 4), { invalid: 'Amount' });
  assert.deepEqual(fields.read({ Remarks: 'too long', Amount: 1, Zeta: 'z' }, 4), { invalid: 'Remarks' });
});

test('another name may be told in its place', () => {
  assert.deepEqual(fields.read({ Zeta: 'z', Alias: 1 }, 4), { invalid: 'Alias' });
});

test('what may be left out may be sent empty', () => {
  for (const Remarks of [undefined, null, ''])
    assert.deepEqual(fields.read({ Zeta: 'z', Amount: 1, Remarks }, 4), {
      Zeta: 'z',
      Amount: 100n,
      Remarks: '-',
    });
});

test('the documents are told what must be sent', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(fields.schema)).required, ['Zeta', 'Amount']);
});

const deep = form(
  {
    header: nested(form({ requestID: text() })),
    items: optional(list(nested(form({ itemName: text(), amount: wholeShillings })), 2), []),
  },
  { spellings: { header: ['Header', 'HEADER'] }, bare: 'items' },
);
const header = { requestID: 'r' };
const item = { itemName: 'water', amount: '7' };

test('objects and lists have fields of their own, and the innermost that is wrong is named', () => {
  const read = deep.read({ header, items: [item] }, 4);
  assert.deepEqual(read, { header, items: [{ itemName: 'water', amount: 700n }] });
  assert.deepEqual(deep.read({ header }, 4), { header, items: [] });
  for (const wrong of [undefined, null, 'r', [header], 7])
    assert.deepEqual(deep.read({ header: wrong }, 4), { invalid: 'header' });
  assert.deepEqual(deep.read({ header: {} }, 4), { invalid: 'requestID' });
  for (const items of [{}, [], 'x', [item, item, item]])
    assert.deepEqual(deep.read({ header, items }, 4), { invalid: 'items' });
  assert.deepEqual(deep.read({ header, items: [item, 7] }, 4), { invalid: 'items' });
  assert.deepEqual(deep.read({ header, items: [item, { ...item, amount: 1.5 }] }, 4), { invalid: 'amount' });
});

test('another spelling of a name is read where the name itself is not sent', () => {
  assert.deepEqual(deep.read({ HEADER: header }, 4), { header, items: [] });
  assert.deepEqual(deep.read({ header: 7, HEADER: header }, 4), { invalid: 'header' });
});
