import { Type } from 'typebox';
import { within } from '../../../platform/deadline.ts';
import { defineProduct, operation, type ProductDependencies } from '../../api/define-product.ts';
import { orInternal, sendAnswer } from '../../api/look-up.ts';
import { deadlineOf } from '../../api/request.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { shortCode } from '../../fields/digits.ts';
import { form } from '../../fields/form/form.ts';
import { requestId } from '../../identifiers/request-ids.ts';
import { findParty, isIdentifiedBy, type Party } from '../../parties/party.ts';
import { identifierType } from '../../requests/acceptance/fields.ts';
import { type OrgInfoSettings, orgInfoSettings } from './settings.ts';

const family = 'pull';

/** Who has a number, asked before it is paid ("B2B Hakikisha"). */
export const orgInfoProduct = defineProduct({
  name: 'org-info',
  title: 'Query org info',
  family,
  priority: 'query',
  settings: orgInfoSettings,
  operations: {
    query: operation({
      title: 'Query org info',
      method: 'POST',
      paths: ['/sfcverify/v1/query/info'],
      authentication: 'bearer',
      request: form({ IdentifierType: identifierType('4', '2'), Identifier: shortCode }),
      sample: { IdentifierType: '4', Identifier: '174379' },
      acknowledgement: Type.Object({
        ConversationID: Type.String(),
        ResponseCode: Type.String({ description: '`1`: nobody has this number.' }),
        ResponseMessage: Type.String(),
        DetailedMessage: Type.String(),
        OrganizationShortCode: Type.Optional(Type.String()),
        OrganizationName: Type.Optional(Type.String()),
        ChargeProfileID: Type.Optional(Type.String()),
      }),
      handler(deps: ProductDependencies<ApiSettings & { orgInfo: OrgInfoSettings }>) {
        const { database, settings } = deps;
        return (read, request, reply) =>
          orInternal(reply, family, deps, async () => {
            const party = await within(deadlineOf(request), 'organisation', () =>
              findParty(database, read.Identifier),
            );
            const known = party !== undefined && isKind(read.IdentifierType, party);
            return sendAnswer(reply, {
              ConversationID: requestId(),
              ...(known ? found(party, settings().orgInfo) : notFound),
            });
          });
      },
    }),
  },
});

/** 2 is a till and 4 a pay bill here, where one asks what a number is. */
function isKind(type: '4' | '2', party: Party): boolean {
  return isIdentifiedBy(type, party) && (type === '2') === (party.kind === 'till');
}

function found({ shortCode, name }: Party, { successCode, chargeProfileId }: OrgInfoSettings) {
  return {
    ResponseCode: successCode,
    ResponseMessage: 'Success',
    DetailedMessage: 'Request received successfully',
    OrganizationShortCode: shortCode,
    OrganizationName: name,
    ChargeProfileID: chargeProfileId,
  };
}

/** The table says "1 or any other: rejecting the request". Status and text are a default taken. */
const notFound = {
  ResponseCode: '1',
  ResponseMessage: 'Failed',
  DetailedMessage: 'The organization does not exist.',
} as const;
