import { constants, publicEncrypt, X509Certificate } from 'node:crypto';
import { type ClientRequest, pushRequest, requestOf } from '../../src/mpesa/client.ts';
import { b2cProduct } from '../../src/mpesa/products/b2c/product.ts';
import { c2bProduct } from '../../src/mpesa/products/c2b/product.ts';
import type { ProductName, Shopping } from './contract.ts';

/** Of the vendor's sandbox: pays customers, and is paid by them. Its own money is the sandbox's. */
const SHORT_CODE = '600000';
/** Less is not paid out. */
const PAYOUT_SHILLINGS = 10;

/** A payment that is asked for. */
export interface Order {
  msisdn: string;
  /** Ours, of letters and digits, and of this payment alone. */
  reference: string;
}

/** How merchants use a product. */
export interface Trade {
  /** Once, before the first payment. */
  prepare?: ClientRequest;
  request(order: Order): ClientRequest;
  /** The id that the callback of a payment has, by the answer to its request. */
  idOf(answer: string, order: Order): string;
  /** The same, and the result, in a callback. */
  told(callback: string): { id: string; code: number };
}

export function tradeIn(product: ProductName, shopping: Shopping, callbackUrl: string): Trade {
  return trades[product](shopping, callbackUrl);
}

const trades: Record<ProductName, (shopping: Shopping, callbackUrl: string) => Trade> = {
  stk: ({ token, credentials }, callbackUrl) => ({
    request: ({ msisdn }) =>
      pushRequest(token, credentials, { msisdn, shillings: 1, callbackUrl, reference: 'E2E' }),
    idOf: (answer) => field('CheckoutRequestID', answer),
    told: (callback) => ({ id: field('CheckoutRequestID', callback), code: codeIn(callback) }),
  }),

  b2c: ({ token, credentials }, callbackUrl) => {
    const { publicKey } = new X509Certificate(credentials.certificate);
    const password = Buffer.from(credentials.initiatorPassword);
    const encrypted = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, password);
    const securityCredential = encrypted.toString('base64');
    return {
      request: ({ msisdn, reference }) =>
        requestOf(b2cProduct.operations.pay, token, {
          InitiatorName: credentials.initiatorName,
          OriginatorConversationID: reference,
          SecurityCredential: securityCredential,
          CommandID: 'BusinessPayment',
          Amount: PAYOUT_SHILLINGS,
          PartyA: SHORT_CODE,
          PartyB: msisdn,
          Remarks: 'bench',
          QueueTimeOutURL: callbackUrl,
          ResultURL: callbackUrl,
        }),
      idOf: (_answer, { reference }) => reference,
      told: (callback) => ({ id: field('OriginatorConversationID', callback), code: codeIn(callback) }),
    };
  },

  c2b: ({ token }, callbackUrl) => ({
    prepare: requestOf(c2bProduct.operations.registerV2, token, {
      ShortCode: SHORT_CODE,
      ResponseType: 'Completed',
      ConfirmationURL: callbackUrl,
      ValidationURL: callbackUrl,
    }),
    request: ({ msisdn, reference }) =>
      requestOf(c2bProduct.operations.simulateV2, token, {
        ShortCode: SHORT_CODE,
        CommandID: 'CustomerPayBillOnline',
        Amount: 1,
        Msisdn: msisdn,
        BillRefNumber: reference,
      }),
    idOf: (_answer, { reference }) => reference,
    // What is not paid has no confirmation.
    told: (callback) => ({ id: field('BillRefNumber', callback), code: 0 }),
  }),
};

function field(name: string, json: string): string {
  return new RegExp(`"${name}": *"([^"]+)"`).exec(json)?.[1] ?? '';
}

function codeIn(json: string): number {
  return Number(/"ResultCode": *"?(\d+)/.exec(json)?.[1]);
}
