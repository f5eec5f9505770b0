import assert from 'node:assert/strict';
import { test } from 'node:test';
import jsqr from 'jsqr';
import { PNG } from 'pngjs';
import { errorOf, startMpesaApi } from '../../../../test/mpesa/mpesa-api.ts';
import { qrProduct } from './product.ts';

const api = await startMpesaApi();
const { paths, sample } = qrProduct.operations.generate;
const make = (changes: object = {}) => api.post(paths[0], { ...sample, ...changes });

/** What a scanner sees. */
function scan(png: unknown): { text: string | undefined; width: number; height: number } {
  assert.match(String(png), /^iVBORw0KGgo/, 'a PNG, without the head of a data URI');
  const { width, height, data } = PNG.sync.read(Buffer.from(String(png), 'base64'));
  return { text: jsqr.default(new Uint8ClampedArray(data), width, height)?.data, width, height };
}

test('a scanner reads what is to be paid, to whom and for what', async () => {
  const { status, body } = await make();
  const { RequestID, QRCode, ...rest } = body;
  assert.ok(RequestID);
  assert.deepEqual(
    [status, rest],
    [200, { ResponseCode: '00', ResponseDescription: 'QR Code Successfully Generated.' }],
  );
  assert.deepEqual(scan(QRCode), {
    text: 'BG|373132|1|Invoice%20Test|TEST%20SUPERMARKET',
    width: 300,
    height: 300,
  });
});

test('every kind of payment, size and text can be scanned', async () => {
  for (const [at, TrxCode] of ['BG', 'WA', 'PB', 'SM', 'SB'].entries()) {
    const Size = [100, '250', 333, 999, 1_000][at];
    const { body } = await make({
      TrxCode,
      Size,
      CPI: 254712345678,
      MerchantName: 'Mama Mboga & Söhne | 🦁',
    });
    const { text, width } = scan(body.QRCode);
    const [kind, party, , , name = ''] = (text ?? '').split('|');
    assert.deepEqual(
      [kind, party, decodeURIComponent(name), width],
      [TrxCode, '254712345678', 'Mama Mboga & Söhne | 🦁', Number(Size)],
    );
  }
});

test('the response code is an id where the settings say so', async () => {
  api.settings.qr.responseCode = 'conversation-id';
  assert.match(String((await make()).body.ResponseCode), /^AG_\d{8}_2010[0-9a-f]{16}$/);
  api.settings.qr.responseCode = '00';
});

test('a field that is wrong is named in the family of C2B', async () => {
  for (const [name, value] of [
    ['Size', 0],
    ['Size', 1_001],
    ['Size', '12.5'],
    ['TrxCode', 'XX'],
    ['Amount', 1.5],
    ['MerchantName', ''],
  ] as const)
    assert.deepEqual(errorOf(await make({ [name]: value })), [
      400,
      '400.003.02',
      `Bad Request - Invalid ${name}`,
    ]);
});
