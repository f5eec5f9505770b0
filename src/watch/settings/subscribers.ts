import { type Static, Type } from 'typebox';
import { sending } from './channels.ts';
import { path, strict } from './fields.ts';
import { address } from './mail.ts';

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

export const mailSubscriber = strict({
  kind: Type.Literal('mail'),
  ...common,
  to: address('each public update is sent there, in plain text'),
});

export const subscriber = Type.Union([webhookSubscriber, mailSubscriber]);
export type SubscriberSettings = Static<typeof subscriber>;
