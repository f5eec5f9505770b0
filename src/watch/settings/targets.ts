import { type Static, Type } from 'typebox';
import { milliseconds, severity, strict } from './fields.ts';

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

export const target = Type.Union([httpTarget, tcpTarget]);
export type Target = Static<typeof target>;
