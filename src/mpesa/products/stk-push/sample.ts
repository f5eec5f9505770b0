import { sandboxOrganisation } from '../../parties/sandbox.ts';

const TIMESTAMP = '20261123120000';

/** The vendor's public sandbox credentials, signed at noon of one day: their age is not checked. */
const signatureSample = {
  BusinessShortCode: 174379,
  Password: Buffer.from(
    `${sandboxOrganisation.shortCode}${sandboxOrganisation.passkey}${TIMESTAMP}`,
  ).toString('base64'),
  Timestamp: TIMESTAMP,
} as const;

/** As the vendor's page shows it, numbers and text mixed. */
export const pushSample = {
  ...signatureSample,
  TransactionType: 'CustomerPayBillOnline',
  Amount: '1',
  PartyA: '254708374149',
  PartyB: '174379',
  PhoneNumber: 254708374149,
  CallBackURL: 'https://shop.example.com/mpesa/callback',
  AccountReference: 'CompanyXLTD',
  TransactionDesc: 'Payment of X',
} as const;

export const querySample = {
  ...signatureSample,
  CheckoutRequestID: 'ws_CO_23112026120000123708374149',
} as const;
