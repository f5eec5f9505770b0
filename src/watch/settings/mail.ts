import { type Static, Type } from 'typebox';
import { path, strict } from './fields.ts';

export const mailServer = strict({
  host: Type.String({ minLength: 1, description: 'the server that takes mail (SMTP)' }),
  port: Type.Integer({ minimum: 1, maximum: 65_535, default: 587, description: 'its port' }),
  security: Type.Union([Type.Literal('starttls'), Type.Literal('tls'), Type.Literal('none')], {
    default: 'starttls',
    description:
      'tls from the first byte (465), or asked for; none: in the clear, for a server on this machine',
  }),
  user: Type.Optional(Type.String({ minLength: 1, description: 'who logs in; nobody if absent' })),
  passwordFile: Type.Optional(path('file of its password')),
  from: Type.String({ pattern: '^[^\\r\\n]*@[^\\r\\n]*$', description: 'the address that it is from' }),
});
export type MailSettings = Static<typeof mailServer>;

export const address = (description: string) =>
  Type.String({ pattern: '^[^\\s@<>,;]+@[^\\s@<>,;]+$', maxLength: 254, description });
