import { type Static, Type } from 'typebox';
import { milliseconds, path, strict } from './fields.ts';
import { address } from './mail.ts';

/** How often, and for how long, it is tried. */
export const sending = {
  timeoutMs: milliseconds(100, 60_000, 5_000, 'for one attempt'),
  attempts: Type.Integer({ minimum: 1, maximum: 1_000, default: 20, description: 'before it is given up' }),
  retryMs: milliseconds(
    10,
    600_000,
    1_000,
    'before the second attempt; each later wait is twice as long, at most 60 s',
  ),
};
const common = {
  name: Type.String({ minLength: 1, description: 'what the routes call it' }),
  ...sending,
};

export const webhookChannel = strict({
  kind: Type.Literal('webhook'),
  ...common,
  url: Type.String({ pattern: '^https?://', description: 'the alarm is sent there as JSON with POST' }),
  secretFile: Type.Optional(path('file of the secret under which each is signed')),
});

export const slackChannel = strict({
  kind: Type.Literal('slack'),
  ...common,
  urlFile: path('file of the URL of an incoming webhook: who knows it may post'),
});

export const alertmanagerChannel = strict({
  kind: Type.Literal('alertmanager'),
  ...common,
  url: Type.String({ pattern: '^https?://', description: 'base URL of an Alertmanager' }),
});

export const smtpChannel = strict({
  kind: Type.Literal('smtp'),
  ...common,
  to: Type.Array(address('who gets it'), { minItems: 1, maxItems: 50, description: 'addresses' }),
});

export const channel = Type.Union([webhookChannel, slackChannel, alertmanagerChannel, smtpChannel]);
export type ChannelSettings = Static<typeof channel>;
