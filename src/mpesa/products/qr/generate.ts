import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ProductDependencies } from '../../api/define-product.ts';
import { sendAnswer } from '../../api/look-up.ts';
import { choice } from '../../fields/choice.ts';
import { type Field, written } from '../../fields/field.ts';
import { form, type Read } from '../../fields/form/form.ts';
import { wholeShillings } from '../../fields/shillings.ts';
import { text } from '../../fields/text.ts';
import { conversationId } from '../../identifiers/conversation-ids.ts';
import { requestId } from '../../identifiers/request-ids.ts';
import { drawQr } from './draw.ts';
import type { QrSettings } from './settings.ts';

/** What the code pays: BG buy goods, WA agent withdrawal, PB pay bill, SM send money, SB send to business. */
const trxCodes = ['BG', 'WA', 'PB', 'SM', 'SB'] as const;

/** Pixels; that a side has 1 to 1,000 of them is an SDK's rule, which the page neither has nor denies. */
const size: Field<number> = {
  schema: Type.Integer({ minimum: 1, maximum: 1_000, description: 'Pixels of a side.' }),
  read(value) {
    const read = written(value);
    return /^[1-9]\d{0,2}$|^1000$/.test(read) ? Number(read) : undefined;
  },
};

const fields = {
  MerchantName: text(50),
  RefNo: text(20),
  Amount: wholeShillings,
  TrxCode: choice(trxCodes),
  /** Till, pay bill, agent or phone number. */
  CPI: text(20),
  Size: size,
};

export const qrRequest = form(fields);
type QrRequest = Read<typeof fields>;

export const qrAnswer = Type.Object({
  ResponseCode: Type.String(),
  RequestID: Type.String(),
  ResponseDescription: Type.String(),
  QRCode: Type.String({ contentEncoding: 'base64', contentMediaType: 'image/png' }),
});

/** `POST /mpesa/qrcode/v1/generate` */
export function generateQr({ settings, clock }: ProductDependencies<{ qr: QrSettings }>) {
  return async (read: QrRequest, _request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const id = settings().qr.responseCode;
    return sendAnswer(reply, {
      ResponseCode: id === '00' ? id : conversationId(clock.now()),
      RequestID: requestId(),
      ResponseDescription: 'QR Code Successfully Generated.',
      QRCode: (await drawQr(qrText(read), read.Size)).toString('base64'),
    });
  };
}

/**
 * What a scanner reads. How the vendor writes it is not published; ours has what a phone needs to pay: the
 * kind of payment, whom, how much, for what, in the order of the request.
 */
export function qrText({ TrxCode, CPI, Amount, RefNo, MerchantName }: QrRequest): string {
  return [TrxCode, CPI, String(Amount / 100n), RefNo, MerchantName].map(encodeURIComponent).join('|');
}
