import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inProduction, rolesFixture } from '../../../../test/roles.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { type SyntheticClient, SyntheticFault } from '../../synthetic/client.ts';
import { paymentProbe } from './probe-payments.ts';

const fixture = await rolesFixture();
const release = () => ({ version: null, document: inProduction(fixture.builtIn.content) });
const deadline = () => Deadline.in(1_000);

/** A client of an API that issues no tokens, or takes none, when the test says so. */
function client() {
  const broken = { issuing: false, taking: false };
  let tokens = 0;
  const taken = () => {
    if (broken.taking) throw new SyntheticFault('a query is answered 404: Invalid Access Token');
  };
  const made: SyntheticClient = {
    app: () => 'imara-synthetic',
    async authenticate() {
      if (broken.issuing) throw new SyntheticFault('a token is answered 500');
      tokens += 1;
    },
    async push() {
      taken();
      return 'ws_CO_1';
    },
    async query() {
      taken();
      return '0';
    },
    pay: () => Promise.reject(new Error('steps do not pay')),
    close: async () => {},
  };
  return { made, broken, tokens: () => tokens };
}

for (const fault of ['issuing', 'taking'] as const) {
  test(`R10: between changes, tokens that are not good for ${fault} fail three probes in a row within five`, async () => {
    const { made, broken } = client();
    const probe = paymentProbe(made, { changing: () => false, release });
    for (let step = 0; step < 5; step++) await probe(deadline());
    broken[fault] = true;
    const failed: boolean[] = [];
    for (let step = 0; step < 5; step++)
      failed.push(
        await probe(deadline()).then(
          () => false,
          () => true,
        ),
      );
    assert.ok(failed.slice(1, 4).every(Boolean), JSON.stringify(failed));
  });
}

test('between changes every second step fetches a token, and no payment is begun but the first', async () => {
  const { made, tokens } = client();
  const probe = paymentProbe(made, { changing: () => false, release });
  const done: string[] = [];
  for (let step = 0; step < 6; step++) done.push(await probe(deadline()));
  assert.deepEqual(done, ['payment', 'query', 'token', 'query', 'token', 'query']);
  assert.equal(tokens(), 3);
});
