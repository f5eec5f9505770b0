import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Field, optional, ruled } from './field.ts';
import { form } from './form.ts';
import { wholeShillings } from './shillings.ts';
import { text } from './text.ts';

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
