/** The same failure has another code in each family of the API (the columns of the vendor's error tables). */
export type Family = 'stk' | 'b2c' | 'c2b' | 'pull' | 'billManager' | 'subscriber' | 'bonga' | 'ratiba';

export type Failure = keyof typeof families;

export interface ErrorText {
  status: number;
  code: string;
  /** `{}` stands for the detail: a field, a method, a token. */
  message: string;
  form: ErrorForm;
}

/**
 * How an error looks: `gateway` for most. Bill Manager has a form of its own, except for its token error. Of
 * the look-ups of a subscriber the vendor tells plain HTTP statuses alone, of Bonga and Ratiba codes without
 * a sample: their errors here look as their answers do, which is a default taken, as are the codes of those.
 */
export type ErrorForm = 'gateway' | 'billManager' | 'subscriber' | 'bonga' | 'ratiba';

const gateway = (status: number, code: string, message: string): ErrorText => {
  return { status, code, message, form: 'gateway' };
};
const bill = (code: string, message: string): ErrorText => {
  return { status: Number(code), code, message, form: 'billManager' };
};
const own = (form: 'subscriber' | 'ratiba' | 'bonga', status: number, message: string, code = status) => {
  return { status, code: String(code), message, form } as const;
};

const BUSY = 'System is busy. Please try again in few minutes.';
const MAINTENANCE = 'Service is currently under maintenance. Please try again later';

const NO_PRODUCT = gateway(
  401,
  '401.003.01',
  'Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found',
);

/** Every synchronous error: a row a failure, a column a family. */
export const families = {
  invalidToken: {
    stk: gateway(404, '404.001.03', 'Invalid Access Token'),
    b2c: gateway(401, '401.002.01', 'Error Occurred - Invalid Access Token - {}'),
    c2b: gateway(400, '400.003.01', 'Invalid Access Token'),
    pull: gateway(401, '401.001', 'Invalid Access Token'),
    billManager: gateway(401, '401', 'Unauthorized - Invalid Access Token'),
    subscriber: own('subscriber', 401, 'Unauthorized - Invalid Access Token'),
    bonga: own('bonga', 401, 'Unauthorized - Invalid Access Token', 6005),
    ratiba: own('ratiba', 401, 'Unauthorized - Invalid Access Token'),
  },
  /** An app without the product: said by the gateway before every family, which answers alike. */
  noProduct: {
    stk: NO_PRODUCT,
    b2c: NO_PRODUCT,
    c2b: NO_PRODUCT,
    pull: NO_PRODUCT,
    billManager: NO_PRODUCT,
    subscriber: NO_PRODUCT,
    bonga: NO_PRODUCT,
    ratiba: NO_PRODUCT,
  },
  invalidField: {
    stk: gateway(400, '400.002.02', 'Bad Request - Invalid {}'),
    b2c: gateway(400, '400.002.02', 'Bad Request - Invalid {}'),
    c2b: gateway(400, '400.003.02', 'Bad Request - Invalid {}'),
    pull: gateway(400, '400.001', 'Bad Request - Invalid {}'),
    billManager: bill('409', 'Invalid {}'),
    subscriber: own('subscriber', 400, 'Bad Request - Invalid {}'),
    bonga: own('bonga', 400, 'Bad Request - Invalid {}', 6006),
    ratiba: own('ratiba', 400, 'Bad Request - Invalid {}', 1051),
  },
  malformedBody: {
    stk: gateway(400, '400.002.05', 'Invalid Request Payload'),
    b2c: gateway(400, '400.002.05', 'Invalid Request Payload'),
    c2b: gateway(400, '400.002.05', 'Invalid Request Payload'),
    pull: gateway(400, '400.001', 'Invalid Request Payload'),
    billManager: bill('409', 'Invalid Request Payload'),
    subscriber: own('subscriber', 400, 'Invalid Request Payload'),
    bonga: own('bonga', 400, 'Invalid Request Payload', 6006),
    ratiba: own('ratiba', 400, 'Invalid Request Payload', 1051),
  },
  unknownPath: {
    stk: gateway(404, '404.001.01', 'Resource not found'),
    b2c: gateway(404, '404.002.01', 'Resource not found'),
    c2b: gateway(404, '404.003.01', 'Resource not found'),
    pull: gateway(404, '404.001.01', 'Resource not found'),
    billManager: bill('404', 'Resource not found'),
    subscriber: own('subscriber', 404, 'Resource not found'),
    bonga: own('bonga', 404, 'Resource not found'),
    ratiba: own('ratiba', 404, 'Resource not found'),
  },
  wrongMethod: {
    stk: gateway(405, '405.001', '{} Method Not Allowed'),
    b2c: gateway(405, '405.001', '{} Method Not Allowed'),
    c2b: gateway(404, '404.001.04', 'Invalid Authentication Header'),
    pull: gateway(405, '405.001', '{} Method Not Allowed'),
    billManager: bill('405', '{} Method Not Allowed'),
    subscriber: own('subscriber', 405, '{} Method Not Allowed'),
    bonga: own('bonga', 405, '{} Method Not Allowed'),
    ratiba: own('ratiba', 405, '{} Method Not Allowed'),
  },
  internal: {
    stk: gateway(500, '500.001.1001', 'Internal Server Error'),
    b2c: gateway(500, '500.002.1001', 'Internal Server Error'),
    c2b: gateway(500, '500.003.1001', 'Internal Server Error'),
    pull: gateway(500, '500', 'Internal Server Error'),
    billManager: bill('500', 'Internal Server Error'),
    subscriber: own('subscriber', 500, 'Internal Server Error'),
    bonga: own('bonga', 500, 'Internal Server Error', 6004),
    ratiba: own('ratiba', 500, 'Internal Server Error'),
  },
  maintenance: {
    stk: gateway(500, '500.001.1001', MAINTENANCE),
    b2c: gateway(500, '500.002.1001', MAINTENANCE),
    c2b: gateway(500, '500.003.1001', MAINTENANCE),
    pull: gateway(500, '500', MAINTENANCE),
    billManager: bill('500', MAINTENANCE),
    subscriber: own('subscriber', 500, MAINTENANCE),
    bonga: own('bonga', 500, MAINTENANCE, 6004),
    ratiba: own('ratiba', 500, MAINTENANCE),
  },
  busy: {
    stk: gateway(500, '500.003.02', BUSY),
    b2c: gateway(500, '500.003.02', BUSY),
    c2b: gateway(500, '500.003.02', BUSY),
    pull: gateway(500, '500.003.02', BUSY),
    billManager: bill('500', BUSY),
    subscriber: own('subscriber', 500, BUSY),
    bonga: own('bonga', 500, BUSY, 6009),
    ratiba: own('ratiba', 500, BUSY),
  },
  spikeArrest: {
    stk: gateway(500, '500.003.02', 'Error Occurred: Spike Arrest Violation'),
    b2c: gateway(500, '500.003.02', 'Error Occurred: Spike Arrest Violation'),
    c2b: gateway(500, '500.003.02', 'Error Occurred: Spike Arrest Violation'),
    pull: gateway(500, '500.003.02', 'Error Occurred: Spike Arrest Violation'),
    billManager: bill('500', 'Error Occurred: Spike Arrest Violation'),
    subscriber: own('subscriber', 500, 'Error Occurred: Spike Arrest Violation'),
    bonga: own('bonga', 500, 'Error Occurred: Spike Arrest Violation', 6009),
    ratiba: own('ratiba', 500, 'Error Occurred: Spike Arrest Violation'),
  },
  quota: {
    stk: gateway(500, '500.003.03', 'Error Occurred: Quota Violation'),
    b2c: gateway(500, '500.003.03', 'Error Occurred: Quota Violation'),
    c2b: gateway(500, '500.003.03', 'Error Occurred: Quota Violation'),
    pull: gateway(500, '500.003.03', 'Error Occurred: Quota Violation'),
    billManager: bill('500', 'Error Occurred: Quota Violation'),
    subscriber: own('subscriber', 500, 'Error Occurred: Quota Violation'),
    bonga: own('bonga', 500, 'Error Occurred: Quota Violation', 6009),
    ratiba: own('ratiba', 500, 'Error Occurred: Quota Violation'),
  },
} as const satisfies Record<string, Record<Family, ErrorText>>;
