import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, startMpesaApi } from '../../../../test/mpesa/mpesa-api.ts';
import { sandboxTill, seedTill } from '../../parties/sandbox.ts';
import { orgInfoProduct } from './product.ts';

const api = await startMpesaApi();
await seedTill(api.database, 'passkey');
const PATH = orgInfoProduct.operations.query.paths[0];
const ask = (Identifier: unknown, IdentifierType: unknown) => api.post(PATH, { IdentifierType, Identifier });

test('a pay bill and a till are told with their names, in the words of the page', async () => {
  for (const [number, type, name] of [
    [174379, '4', 'Imara Sandbox'],
    [sandboxTill.till, 2, sandboxTill.name],
  ] as const) {
    const { status, body } = await ask(number, type);
    const { ConversationID, ...rest } = body;
    assert.match(String(ConversationID), /^[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\d+$/);
    assert.deepEqual(
      [status, rest],
      [
        200,
        {
          ResponseCode: '4000',
          ResponseMessage: 'Success',
          DetailedMessage: 'Request received successfully',
          OrganizationShortCode: String(number),
          OrganizationName: name,
          ChargeProfileID: '20013',
        },
      ],
    );
  }
});

test('the code of success is switched, as page and sample disagree', async () => {
  api.settings.orgInfo.successCode = '0';
  assert.equal((await ask(174379, '4')).body.ResponseCode, '0');
  api.settings.orgInfo.successCode = '4000';
});

test('a number that nobody has, or that is of another kind, is rejected', async () => {
  for (const [number, type] of [
    ['600001', '4'],
    ['174379', '2'],
    [sandboxTill.till, '4'],
  ] as const) {
    const { status, body } = await ask(number, type);
    assert.deepEqual([status, body.ResponseCode, body.OrganizationName], [200, '1', undefined], number);
  }
});

test('errors are those of its family', async () => {
  assert.deepEqual(errorOf(await ask('17437', '1')), [
    400,
    '400.001',
    'Bad Request - Invalid IdentifierType',
  ]);
  const token = await api.post(PATH, {}, { authorization: 'Bearer bad' });
  assert.deepEqual(errorOf(token), [401, '401.001', 'Invalid Access Token']);
});
