import { type ConfigKind, EndpointType } from '@imara/agent';
import { type Static, Type } from 'typebox';

// What can be configured: one source for types, checks and documentation.
export const schema = Type.Object(
  {
    /** An address is a type: that it can be an address at all is checked before anybody is asked. */
    upstream: EndpointType(
      { kind: 'rates', protocols: ['http:', 'https:'] },
      { description: 'who knows the rates' },
    ),
    timeoutMs: Type.Integer({ minimum: 1, maximum: 10_000, description: 'for one answer of upstream' }),
    attempts: Type.Integer({ minimum: 1, maximum: 5, description: 'before a request fails' }),
  },
  { additionalProperties: false },
);
export type QuotesDocument = Static<typeof schema>;

export const kind: ConfigKind<typeof schema> = {
  id: 'quotes/1',
  service: 'quotes',
  schema,
  environments: ['testing', 'production'],
  // What a schema cannot state.
  checks: [
    ({ timeoutMs, attempts }) =>
      timeoutMs * attempts <= 10_000
        ? []
        : [{ path: ['attempts'], reason: 'times timeoutMs is above 10 s', advice: 'lower one of them' }],
  ],
};
