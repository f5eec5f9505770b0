import Type, { type Static } from 'typebox';
import { Exactly, List, Text } from '../../../fields.ts';
import type { Operations } from '../../../operation.ts';

const ShortCode = Type.String({ pattern: '^[1-9][0-9]{4,6}$', description: 'any number of the merchant' });
const Username = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });
const OfMerchant = Type.Object({ shortCode: ShortCode });
const Named = Type.Object({ shortCode: ShortCode, username: Username });
const Roles = Type.Array(Type.String({ maxLength: 60 }), {
  maxItems: 20,
  uniqueItems: true,
  description:
    "the vendor's words, or one each: `b2c`, `pay-bill`, `buy-goods`, `status`, `balance`, `reversal`, `tax`, `bulk`",
});
const Password = Type.Optional(
  Type.String({ pattern: '^[!-~]{8,64}$', description: 'one is made up when it is left out' }),
);

const Changed = Exactly({
  shortCode: Text('the head office, whose initiators are those of its tills too'),
  username: Type.String(),
  roles: List(Type.String()),
});
export type ChangedInitiator = Static<typeof Changed>;
const WithPassword = Exactly({ ...Changed.properties, password: Text('answered this once') });

/** API users of a merchant: who may ask in its name, and for what. */
export const initiatorOperations = {
  'POST /merchants/:shortCode/initiators': {
    role: 'editor',
    schema: {
      summary: 'An initiator for a merchant; its password is answered this once',
      params: OfMerchant,
      body: Exactly({ username: Username, roles: Roles, password: Password }),
      response: { 201: WithPassword },
    },
  },
  'POST /merchants/:shortCode/initiators/:username/roles': {
    role: 'editor',
    schema: {
      summary: 'What an initiator may do, from now on these and no others',
      params: Named,
      body: Exactly({ roles: Roles }),
      response: { 200: Changed },
    },
  },
  'POST /merchants/:shortCode/initiators/:username/rotate': {
    role: 'editor',
    schema: {
      summary: 'Another password, answered this once; a lock ends with the old one',
      params: Named,
      body: Exactly({ password: Password }),
      response: { 200: WithPassword },
    },
  },
  'POST /merchants/:shortCode/initiators/:username/unlock': {
    role: 'editor',
    schema: {
      summary: 'End a lock (result 8006), and count wrong credentials from 0',
      params: Named,
      body: Exactly({}),
      response: { 200: Changed },
    },
  },
  'POST /merchants/:shortCode/initiators/:username/disable': {
    role: 'editor',
    schema: {
      summary: 'Answer an initiator as one that is not there (result 2001)',
      params: Named,
      body: Exactly({}),
      response: { 200: Changed },
    },
  },
  'POST /merchants/:shortCode/initiators/:username/enable': {
    role: 'editor',
    schema: {
      summary: 'Let a disabled initiator ask again',
      params: Named,
      body: Exactly({}),
      response: { 200: Changed },
    },
  },
} as const satisfies Operations;
