import { Type } from 'typebox';
import { readBase64 } from '../../../platform/http/plain-text.ts';
import { callbackUrl } from '../../fields/callback-url.ts';
import { type Field, optional, ruled, written } from '../../fields/field.ts';
import { text } from '../../fields/text.ts';
import { CREDENTIAL_BYTES } from '../../parties/initiators/security-credential/decrypt.ts';
import type { RequestSettings } from '../settings.ts';

/** Name of an API user. */
export const initiator = text(64);

/** Free text that nobody reads but people. Some pages ask for two characters. */
export const remarks = text(100);
export const remarksOfTwo = text(100, 2);
/** `Occassion` of B2C and B2B, `Occasion` elsewhere. */
export const occasion = optional(text(100), '');

/**
 * The initiator's password, encrypted: of the length that a 2048-bit key gives. What is in it is judged
 * later.
 */
export const securityCredential: Field<string> = {
  schema: Type.String({ contentEncoding: 'base64', description: 'RSA with PKCS#1 v1.5 padding.' }),
  read(value) {
    const read = written(value);
    return readBase64(read)?.length === CREDENTIAL_BYTES ? read : undefined;
  },
};

/** `ResultURL`, `QueueTimeOutURL` */
export const requestUrl = ruled(
  callbackUrl,
  ({ requests }: { requests: RequestSettings }) => requests.callbackUrl,
);

/**
 * What kind of party a number is: 1 subscriber, 2 till, 4 short code, 11 receiver of a reversal. Text or
 * number.
 */
export function identifierType<const Kind extends '1' | '2' | '4' | '11'>(
  ...kinds: readonly Kind[]
): Field<Kind> {
  return {
    schema: Type.Enum([...kinds]),
    read(value) {
      const read = written(value).trim();
      return kinds.find((kind) => kind === read);
    },
  };
}

/** What every form of an initiator's request has read, as the request is kept. */
export function initiatorsPart(read: {
  SecurityCredential: string;
  ResultURL: string;
  QueueTimeOutURL: string;
}): { securityCredential: string; resultUrl: string; queueTimeoutUrl: string } {
  return {
    securityCredential: read.SecurityCredential,
    resultUrl: read.ResultURL,
    queueTimeoutUrl: read.QueueTimeOutURL,
  };
}
