import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProductDependencies } from '../../api/define-product.ts';
import { refusal } from '../../api/errors/forms.ts';
import { sendAnswer } from '../../api/look-up.ts';
import { deadlineOf, sendRefusal } from '../../api/request.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { subscriberOf } from '../../parties/subscribers.ts';
import type { HakikishaSettings } from './settings.ts';

export interface NameRequest {
  readonly header: { readonly requestID: string; readonly timestamp: string };
  readonly body: { readonly msisdn: string; readonly shortcode: string };
}

/** `POST /mpesa/b2c/hakikisha/v1/hakikisha`: first name in the clear, the others by their first letter. */
export function hakikisha({
  organisations,
  settings,
}: ProductDependencies<ApiSettings & { hakikisha: HakikishaSettings }>) {
  return async ({ header, body }: NameRequest, request: FastifyRequest, reply: FastifyReply) => {
    const { retryAfterSeconds, hakikisha: own } = settings();
    const fail = (message: string, kind: string) => {
      const answer = { header: { ...header, status: '400', message: 'Error' }, body: { message } };
      if (own.errorsWithStatus200) return sendAnswer(reply, answer);
      const refused = { status: 400, body: JSON.stringify(answer), fault: 'caller', kind } as const;
      return sendRefusal(reply, refused);
    };
    const found = await organisations.find(body.shortcode, deadlineOf(request));
    if (!found.found) {
      return found.reason === 'absent'
        ? // Of a short code that nobody has no sample was found: the text is a default taken.
          fail('The shortcode does not exist.', 'unknown_merchant')
        : sendRefusal(reply, refusal('pull', 'internal'), retryAfterSeconds);
    }
    const { registered, names } = subscriberOf(body.msisdn);
    if (!registered) return fail('The customer does not exist.', 'unknown_subscriber');
    return sendAnswer(reply, {
      header: { ...header, status: '200', message: 'Success' },
      body: { firstName: names.first, middleName: masked(names.middle), lastName: masked(names.last) },
    });
  };
}

/** `M******`, however long the name is; a name that somebody lacks stays empty. */
function masked(name: string): string {
  return name === '' ? '' : `${name.charAt(0)}******`;
}
