import { type Static, Type } from 'typebox';
import { sending } from './channels.ts';
import { path, strict } from './fields.ts';

const common = { ...sending, name: Type.String({ minLength: 1, description: 'what the journal calls it' }) };

export const webhookSubscriber = strict({
  kind: Type.Literal('webhook'),
  ...common,
  url: Type.String({
    pattern: '^https?://',
    description: 'each public update is sent there as JSON with POST',
  }),
  secretFile: path('file of the secret under which each is signed'),
});

export const subscriber = Type.Union([webhookSubscriber]);
export type SubscriberSettings = Static<typeof subscriber>;
