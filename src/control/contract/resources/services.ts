import Type from 'typebox';
import { ServiceDefinition } from '../../services/definition.ts';
import { Exactly, List, Text, Word } from '../fields.ts';
import type { Operations } from '../operation.ts';

const Name = Type.Object({ service: Type.String({ maxLength: 100 }) });
const Plain = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' });
const Made = Exactly({
  service: Type.String(),
  schema: Type.String(),
  changed: Type.Boolean({ description: 'whether it was known before' }),
  warnings: List(Type.String(), { description: 'what could not be told yet' }),
});

/** The services whose configuration control delivers; tokens and keys of their agents. */
export const serviceOperations = {
  'GET /services': {
    role: 'viewer',
    schema: {
      summary: 'The services whose configuration control delivers',
      response: {
        200: Exactly({
          services: List(
            Exactly({
              service: Type.String(),
              schema: Type.String(),
              environments: List(Type.String()),
              builtIn: Type.Boolean(),
            }),
          ),
        }),
      },
    },
  },
  'GET /services/:service': {
    role: 'viewer',
    schema: {
      summary: 'One that was added, and whom its agents believe',
      params: Name,
      response: {
        200: Exactly({
          definition: ServiceDefinition,
          trustedKeys: List(
            Exactly({
              id: Type.String(),
              publicKey: Text('base64url of the raw 32 bytes'),
              role: Word(['person', 'control', 'instance']),
              owner: Type.String(),
              environment: Type.Optional(Type.String()),
            }),
          ),
        }),
      },
    },
  },
  'POST /services': {
    role: 'approver',
    schema: {
      summary: 'Add a service, or change it',
      description:
        'The definition is that of `imara service add`. In force at once here, within 2 s at other control processes. `422`: what is wrong, also `rollouts` that no change could pass.',
      body: Type.Record(Type.String(), Type.Unknown()),
      response: { 200: Made, 201: Made },
    },
  },
  'POST /services/:service/tokens': {
    role: 'approver',
    schema: {
      summary: 'A token for its agents, answered this once',
      params: Name,
      body: Exactly({
        only: Type.Optional(Type.Boolean({ description: 'ends the ones before' })),
      }),
      response: { 201: Exactly({ service: Type.String(), token: Type.String() }) },
    },
  },
  'POST /services/:service/keys': {
    role: 'approver',
    schema: {
      summary: 'An instance whose receipts count for this service',
      params: Name,
      body: Exactly({
        instance: Plain,
        environment: Plain,
        publicKey: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
      }),
      response: { 201: Exactly({ service: Type.String(), key: Type.String() }) },
    },
  },
} as const satisfies Operations;
