import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../config/canonical.ts';
import { checkScenario } from './check-faults.ts';

const told = (...faults: JsonObject[]) =>
  checkScenario({ faults: faults.map((fault, index) => ({ name: `f${index}`, ...fault })) }).map(
    ({ path, reason, advice }) => `${path} ${reason}: ${advice}`,
  );
const busy = { answer: 'busy' };

test('a scenario in order has nothing wrong with it; numbers need no quotes', () => {
  assert.deepEqual(
    told(
      {
        when: { product: ['stk', 'stk-query'], msisdn: 254700000001, amount: 13 },
        chance: 0.2,
        times: 3,
        for: '10m',
        do: busy,
      },
      {
        when: { product: 'account-balance', shortCode: 174379 },
        do: { queueTimeout: true, resultAfter: '5s' },
      },
      { when: { msisdn: '2547*' }, do: { result: 1032, callback: 'duplicate' } },
      { do: { answer: 'hang' } },
    ),
    [],
  );
});

const cases: [what: string, faults: JsonObject[], expected: RegExp][] = [
  [
    'an unknown field',
    [{ when: { misdn: '254700000001' }, do: busy }],
    /^faults\[0\]\.when\.misdn is not a key here: did you mean msisdn\?/,
  ],
  ['an unknown effect', [{ do: { anser: 'busy' } }], /do\.anser is not a key here: did you mean answer\?/],
  ['an unknown answer', [{ do: { answer: 'bussy' } }], /do\.answer must be one of .*did you mean .?busy/],
  [
    'an unknown product',
    [{ when: { product: 'stk-qery' }, do: busy }],
    /stk-qery is no product: did you mean stk-query\?/,
  ],
  [
    'an unknown result code',
    [{ when: { product: 'stk' }, do: { result: 1033 } }],
    /none of these products ends in 1033: did you mean 103\d\?/,
  ],
  [
    'a code of another product',
    [{ when: { product: 'account-balance' }, do: { result: 1032 } }],
    /none of these products ends in 1032/,
  ],
  ['a success', [{ do: { result: 0 } }], /0 is a success/],
  [
    'a number in another form',
    [{ when: { msisdn: '0712345678' }, do: busy }],
    /is no number that a subscriber can have: Write it as 254712345678/,
  ],
  [
    'a range that holds nothing',
    [{ when: { amount: '20-10' }, do: busy }],
    /amount is no amount that a request can have/,
  ],
  [
    'a condition that no such request can fulfil',
    [{ when: { product: 'oauth', amount: 5 }, do: busy }],
    /when\.amount can never be met/,
  ],
  [
    'an effect that such a product cannot have',
    [{ when: { product: 'stk' }, do: { queueTimeout: true } }],
    /queueTimeout can never happen: .*no QueueTimeOutURL/,
  ],
  [
    'a result of what is never taken',
    [{ do: { answer: 'busy', result: 1032 } }],
    /result can never happen: the request is answered `busy`/,
  ],
  [
    'what one above always hits',
    [
      { when: { product: 'stk' }, do: busy },
      { when: { product: 'stk', amount: 5 }, do: { answer: 'quota' } },
    ],
    /^faults\[1\] can never match: f0 above it/,
  ],
  [
    'two of one name',
    [
      { name: 'a', when: { amount: 1 }, do: busy },
      { name: 'a', when: { amount: 2 }, do: busy },
    ],
    /name is the name of another/,
  ],
  ['no effect', [{ do: {} }], /do /],
  ['a duration in another form', [{ for: '10 minutes', do: busy }], /for /],
];
for (const [what, faults, expected] of cases)
  test(`refused with its place: ${what}`, () => {
    const problems = told(...faults);
    assert.ok(
      problems.some((problem) => expected.test(problem)),
      problems.join('\n') || 'nothing was wrong',
    );
  });
