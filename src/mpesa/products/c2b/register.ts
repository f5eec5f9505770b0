import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { within } from '../../../platform/deadline.ts';
import type { Refusal } from '../../../serving/types.ts';
import type { ProductDependencies } from '../../api/define-product.ts';
import { ownRefusal } from '../../api/errors/forms.ts';
import { type OwnError, ownText } from '../../api/errors/own-error.ts';
import { deadlineOf, sendJson, sendRefusal } from '../../api/request.ts';
import { callbackUrl, forbiddenWordIn } from '../../fields/callback-url.ts';
import { shortCode } from '../../fields/digits.ts';
import { type Field, ruled } from '../../fields/field.ts';
import { form, type Read } from '../../fields/form/form.ts';
import { requestId } from '../../identifiers/request-ids.ts';
import { register } from './registrations.ts';
import type { C2bApiSettings } from './settings.ts';

/** Exactly so: not trimmed, in no other case, and not the American spelling that clients know. */
const responseType: Field<'Completed' | 'Cancelled'> = {
  schema: Type.Enum(['Completed', 'Cancelled']),
  read: (value) => (value === 'Completed' || value === 'Cancelled' ? value : undefined),
};

const registeredUrl = ruled(callbackUrl, ({ c2b }: C2bApiSettings) => c2b.callbackUrl);

const fields = {
  ShortCode: shortCode,
  ResponseType: responseType,
  ConfirmationURL: registeredUrl,
  ValidationURL: registeredUrl,
};

export const registerRequest = form(fields, {
  // `Invalid ValidationURL - URL has the word MPESA`
  told(wrong, body, { c2b }) {
    const url = body[wrong];
    const word = typeof url === 'string' ? forbiddenWordIn(url, c2b.callbackUrl) : undefined;
    return word === undefined ? wrong : `${wrong} - URL has the word ${word.toUpperCase()}`;
  },
});

export const registerAcknowledgement = Type.Object({
  OriginatorCoversationID: Type.String({ description: 'The spelling is the vendor’s.' }),
  ResponseCode: Type.Literal('0'),
  ResponseDescription: Type.String(),
});

export const registerSample = {
  ShortCode: 601426,
  ResponseType: 'Completed',
  ConfirmationURL: 'https://shop.example.com/c2b/confirmation',
  ValidationURL: 'https://shop.example.com/c2b/validation',
} as const;

export const registerErrors = {
  registered: ownText('c2b', 'Urls are already registered.', { fault: 'caller', kind: 'urls_registered' }, [
    'The short code has URLs, and `mpesa.c2b.registerAgain` is `refused`, as in production.',
    'Nothing, when they are right; the vendor changes them by hand.',
  ]),
  /** The vendor's backend speaks SOAP; its fault comes through. Which HTTP status it has is not known. */
  notC2b: {
    status: 500,
    code: 'soap:Server',
    text: 'Execution of ServiceCallout Register-URL failed. Reason: ResponseCode 409 is treated as error',
    blame: { fault: 'caller', kind: 'short_code_without_c2b' },
    cause: [
      'The short code may not register: nobody has it, or it has STK push alone, as 174379. Told in an `Envelope`, as the vendor’s backend does.',
      'Use one of C2B (600000 in the sandbox).',
    ],
  },
} as const satisfies Record<string, OwnError>;

/** `POST /mpesa/c2b/v1/registerurl`, `…/v2/registerurl`: which one decides how callbacks show the payer. */
export function registerUrls(version: 1 | 2) {
  return ({ database, settings, clock }: ProductDependencies<C2bApiSettings>) =>
    async (
      read: Read<typeof fields>,
      request: FastifyRequest,
      reply: FastifyReply,
    ): Promise<FastifyReply> => {
      request.stage = 'acceptance';
      const registration = {
        shortCode: read.ShortCode,
        version,
        responseType: read.ResponseType,
        confirmationUrl: read.ConfirmationURL,
        validationUrl: read.ValidationURL,
        appId: request.appId,
      };
      const how = {
        overwrites: settings().c2b.registerAgain === 'overwrites',
        now: new Date(clock.now()),
      };
      const became = await within(deadlineOf(request), 'registering URLs', () =>
        register(database, registration, how),
      );
      switch (became) {
        case 'taken':
          return sendJson(reply, 200, acknowledgement());
        case 'registered':
          return sendRefusal(reply, ownRefusal(registerErrors.registered));
        case 'refused':
          return sendRefusal(reply, backendFault(registerErrors.notC2b));
        default:
          return became satisfies never;
      }
    };
}

function acknowledgement(): string {
  return JSON.stringify({
    OriginatorCoversationID: requestId(),
    ResponseCode: '0',
    ResponseDescription: 'Success',
  });
}

function backendFault({ status, code, text, blame }: OwnError): Refusal {
  const body = JSON.stringify({
    Envelope: {
      encodingStyle: 'http://schemas.xmlsoap.org/soap/encoding/',
      Body: { Fault: { faultcode: code, faultstring: text, faultactor: '', detail: '' } },
    },
  });
  return { status, body, ...blame };
}
