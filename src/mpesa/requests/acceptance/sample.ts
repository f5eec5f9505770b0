/**
 * What every request of an initiator has, as a sample shows it. The credential has the length of a real one,
 * and opens with nobody's key.
 */
export const initiatorSample = {
  Initiator: 'testapi',
  SecurityCredential: Buffer.alloc(256, 'Imara').toString('base64'),
  QueueTimeOutURL: 'https://shop.example.com/mpesa/timeout',
  ResultURL: 'https://shop.example.com/mpesa/result',
} as const;
