import { type Static, Type } from 'typebox';
import { channel } from './channels.ts';
import { milliseconds, path, strict } from './fields.ts';
import { mailServer } from './mail.ts';
import { subscriber } from './subscribers.ts';
import { target } from './targets.ts';

const step = strict({
  afterMs: milliseconds(0, 86_400_000, 0, 'after the alarm, when nobody has acknowledged it'),
  channels: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: 'names of channels' }),
});
const chain = (description: string) => Type.Array(step, { default: [], maxItems: 20, description });

const instance = strict({
  name: Type.String({ minLength: 1, description: 'what it is called in alarms' }),
  service: Type.String({ minLength: 1, description: 'api, auth, worker …' }),
  cell: Type.Optional(Type.String({ minLength: 1, description: 'what fails together with it' })),
  admin: Type.String({ pattern: '^https?://', description: 'base URL of its admin port' }),
});

const beat = strict({
  url: Type.String({ pattern: '^https?://', description: 'is sent a beat with POST' }),
  tokenFile: Type.Optional(path('file of the token that it takes')),
  everyMs: milliseconds(
    500,
    3_600_000,
    10_000,
    'from one beat to the next; three that are missed are a death',
  ),
});

/** The settings file of a watch: all that it knows when it starts. */
export const settingsSchema = strict({
  name: Type.String({ default: 'watch', minLength: 1, description: 'what it calls itself' }),
  journal: path('folder of its journal'),
  listen: strict({
    host: Type.String({ default: '127.0.0.1', description: 'address of its own API' }),
    port: Type.Integer({ minimum: 0, maximum: 65_535, description: 'its port; 0 takes a free one' }),
  }),
  status: Type.Optional(
    strict({
      path: path('folder of the status page and the reports, which any web server may serve'),
      name: Type.String({ default: 'Imara', minLength: 1, description: 'whose status it is' }),
      url: Type.String({
        default: 'http://127.0.0.1',
        pattern: '^https?://.*[^/]$',
        description: 'where the page is served, without a slash at its end',
      }),
    }),
  ),
  tokenFile: path('file of the token with which people reach it'),
  beatTokenFile: Type.Optional(path('file of the token with which others are heard of')),
  targets: Type.Array(target, { default: [], maxItems: 1_000, description: 'what is checked' }),
  instances: Type.Array(instance, {
    default: [],
    maxItems: 1_000,
    description: 'processes of Imara whose admin ports are asked, beside those that a supervisor names',
  }),
  control: Type.Optional(
    strict({
      url: Type.String({ pattern: '^https?://', description: 'base URL of its API' }),
      tokenFile: path('file of the token of an operator who may look (`viewer`)'),
    }),
  ),
  beats: Type.Array(beat, {
    default: [],
    maxItems: 20,
    description: 'who is sent a sign that this watch lives',
  }),
  outliveMs: milliseconds(
    0,
    600_000,
    15_000,
    'that it goes on, and alarms, when the supervisor that started it is gone without a word',
  ),
  clearAfterMs: milliseconds(
    1_000,
    3_600_000,
    30_000,
    'without its symptom, after which an alarm is resolved',
  ),
  mail: Type.Optional(mailServer),
  channels: Type.Array(channel, { default: [], maxItems: 50, description: 'where alarms are sent' }),
  subscribers: Type.Array(subscriber, {
    default: [],
    maxItems: 100,
    description: 'who is sent each public update of an incident',
  }),
  routes: Type.Optional(
    strict({
      page: chain('what needs somebody now: each step is one more place it is sent to'),
      ticket: chain('what needs somebody, not now'),
      note: chain('what is good to know'),
    }),
  ),
});

export type Settings = Static<typeof settingsSchema>;
export type Step = Static<typeof step>;
