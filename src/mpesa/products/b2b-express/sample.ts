/** A body as the page has it, of parties that the local profile has. */
export const expressSample = {
  primaryShortCode: '5000100',
  receiverShortCode: '600997',
  amount: '71',
  paymentRef: 'MAndbubry3hi',
  callbackUrl: 'https://shop.example.com/express',
  partnerName: 'Vendor',
  RequestRefID: '404e1aec-19e0-4ce3-973d-bd92e94c8021',
} as const;
