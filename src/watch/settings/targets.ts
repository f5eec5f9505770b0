import { type Static, Type } from 'typebox';
import { milliseconds, path, severity, strict } from './fields.ts';

/** What every target has. */
const common = {
  name: Type.String({ minLength: 1, description: 'what it is called in alarms; one name, one target' }),
  severity: severity('page', 'of its alarms'),
};
const pace = (everyMs: number, timeoutMs: number) => ({
  everyMs: milliseconds(50, 86_400_000, everyMs, 'from one check to the next'),
  timeoutMs: milliseconds(10, 60_000, timeoutMs, 'a check that takes longer has failed'),
});
const port = (description: string) => Type.Integer({ minimum: 1, maximum: 65_535, description });
const url = (description: string) => Type.String({ pattern: '^https?://', description });

export const httpTarget = strict({
  kind: Type.Literal('http'),
  ...common,
  url: url('is asked with GET'),
  ...pace(250, 400),
  below: Type.Integer({
    minimum: 100,
    maximum: 600,
    default: 400,
    description: 'a status below this is a good answer',
  }),
  text: Type.Optional(Type.String({ description: 'the answer must hold it' })),
});

export const tcpTarget = strict({
  kind: Type.Literal('tcp'),
  ...common,
  host: Type.String({ minLength: 1, description: 'name or address' }),
  port: port('is connected to'),
  ...pace(1_000, 1_000),
});

export const dnsTarget = strict({
  kind: Type.Literal('dns'),
  ...common,
  host: Type.String({ minLength: 1, description: 'the name that must have an address (IPv4)' }),
  server: Type.Optional(
    Type.String({ description: 'address of the name server; those of the system if absent' }),
  ),
  address: Type.Optional(Type.String({ description: 'the address that it must have' })),
  ...pace(10_000, 3_000),
});

export const tlsTarget = strict({
  kind: Type.Literal('tls'),
  ...common,
  severity: severity('ticket', 'of its alarms'),
  host: Type.String({ minLength: 1, description: 'name or address' }),
  port: port('is connected to'),
  servername: Type.Optional(Type.String({ description: 'the name that is asked for; `host` if absent' })),
  days: Type.Integer({
    minimum: 0,
    maximum: 3_650,
    default: 14,
    description: 'the certificate must be good for so many more',
  }),
  trust: Type.Boolean({ default: true, description: 'whether it must be one that this machine trusts' }),
  ...pace(3_600_000, 5_000),
});

export const clockTarget = strict({
  kind: Type.Literal('clock'),
  ...common,
  severity: severity('ticket', 'of its alarms'),
  host: Type.String({ minLength: 1, description: 'a time server (NTP)' }),
  port: Type.Integer({ minimum: 1, maximum: 65_535, default: 123, description: 'its UDP port' }),
  offsetMs: milliseconds(1, 3_600_000, 500, 'that the clock of this machine may be away'),
  ...pace(60_000, 3_000),
});

export const diskTarget = strict({
  kind: Type.Literal('disk'),
  ...common,
  severity: severity('ticket', 'of its alarms'),
  path: path('a folder of the disk'),
  free: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0.1,
    description: 'the share that must be free for us',
  }),
  ...pace(60_000, 3_000),
});

export const paymentTarget = strict({
  kind: Type.Literal('payment'),
  ...common,
  url: url('base URL of the API'),
  consumerKey: Type.String({ minLength: 1, description: 'of an app of its own' }),
  consumerSecretFile: path('file of its secret'),
  shortCode: Type.String({ minLength: 1, description: 'the merchant of synthetic payments' }),
  passkeyFile: path('file of its passkey'),
  firstMsisdn: Type.Integer({
    default: 254_790_000_000,
    description: 'the first of the numbers whose phones pay by themselves',
  }),
  msisdns: Type.Integer({ minimum: 1, default: 1_000_000, description: 'how many there are' }),
  shillings: Type.Integer({ minimum: 1, maximum: 1_000, default: 10, description: 'of each payment' }),
  callback: strict({
    host: Type.String({ default: '127.0.0.1', description: 'address where callbacks are received' }),
    port: Type.Integer({
      minimum: 0,
      maximum: 65_535,
      default: 0,
      description: 'and its port; 0: a free one',
    }),
    url: Type.Optional(url('by which the API reaches it, where that is another')),
  }),
  ...pace(5_000, 10_000),
});

export const target = Type.Union([
  httpTarget,
  tcpTarget,
  dnsTarget,
  tlsTarget,
  clockTarget,
  diskTarget,
  paymentTarget,
]);
export type Target = Static<typeof target>;
