import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { within } from '../../../platform/deadline.ts';
import type { ProductDependencies } from '../../api/define-product.ts';
import { refusal } from '../../api/errors/forms.ts';
import { orInternal, sendAnswer } from '../../api/look-up.ts';
import { deadlineOf, sendRefusal } from '../../api/request.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { callbackUrl } from '../../fields/callback-url.ts';
import { choice } from '../../fields/choice.ts';
import { shortCode } from '../../fields/digits.ts';
import { ruled } from '../../fields/field.ts';
import { form, type Read } from '../../fields/form/form.ts';
import { localMsisdn } from '../../fields/local-msisdn.ts';
import { requestId } from '../../identifiers/request-ids.ts';
import { findParty } from '../../parties/party.ts';
import type { PullSettings } from './settings.ts';

const fields = {
  ShortCode: shortCode,
  RequestType: choice(['Pull']),
  /** Whom the organisation nominates; clients send both forms. */
  NominatedNumber: localMsisdn,
  CallBackURL: ruled(callbackUrl, ({ pull }: { pull: PullSettings }) => pull.callbackUrl),
};
export const registerRequest = form(fields);

export const registerAnswer = Type.Object({
  ResponseRefID: Type.String(),
  ResponseStatus: Type.Optional(Type.String({ description: '`1000` registered, `1001` it was before.' })),
  'Response Status': Type.Optional(Type.String({ description: 'The same, by a setting.' })),
  ShortCode: Type.String(),
  ResponseDescription: Type.String(),
});

/** `POST /pulltransactions/v1/register`: once for a short code. */
export function registerPull(deps: ProductDependencies<ApiSettings & { pull: PullSettings }>) {
  const { database, settings, clock } = deps;
  return (read: Read<typeof fields>, request: FastifyRequest, reply: FastifyReply) =>
    orInternal(reply, 'pull', deps, async () => {
      const deadline = deadlineOf(request);
      const party = await within(deadline, 'organisation', () => findParty(database, read.ShortCode));
      if (party === undefined) return sendRefusal(reply, refusal('pull', 'invalidField', 'ShortCode'));
      const { rowCount } = await within(deadline, 'registration', () =>
        database.query(
          `insert into mpesa.pull_registration (short_code, nominated_number, callback_url, app_id, registered_at)
           values ($1, $2, $3, $4, $5) on conflict do nothing`,
          [read.ShortCode, read.NominatedNumber, read.CallBackURL, request.appId, new Date(clock.now())],
        ),
      );
      const isNew = rowCount === 1;
      return sendAnswer(reply, {
        ResponseRefID: requestId(),
        [settings().pull.statusKey]: isNew ? '1000' : '1001',
        ShortCode: read.ShortCode,
        ResponseDescription: `ShortCode ${isNew ? 'Registered Successfully' : 'already Registered'}`,
      });
    });
}
