/**
 * Who Imara's own payments are made to, in every environment: what has this short code is synthetic traffic.
 */
export const SYNTHETIC_SHORT_CODE = '100100';
