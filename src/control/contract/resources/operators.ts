import Type from 'typebox';
import { Exactly, List, RoleName, Text, Time } from '../fields.ts';
import type { Operations } from '../operation.ts';

const Name = Type.String({ pattern: '^[\\w.@-]{1,60}$' });
const Named = Type.Object({ name: Name });
const Token = Text('answered this once: only its hash is kept');

/** Who may ask control. */
export const operatorOperations = {
  'GET /operators': {
    role: 'viewer',
    schema: {
      summary: 'Who may ask, and as what',
      response: {
        200: Exactly({
          you: Type.String(),
          operators: List(Exactly({ name: Type.String(), role: RoleName, createdAt: Time() })),
        }),
      },
    },
  },
  'POST /operators': {
    role: 'approver',
    schema: {
      summary: 'Add an operator',
      body: Exactly({
        name: Name,
        role: Type.Union([Type.Literal('viewer'), Type.Literal('editor'), Type.Literal('approver')]),
      }),
      response: { 201: Exactly({ name: Type.String(), role: RoleName, token: Token }) },
    },
  },
  'POST /operators/:name/rotate': {
    role: 'viewer',
    schema: {
      summary: "Replace an operator's token",
      description: "Everybody may replace their own; another's takes an approver.",
      params: Named,
      response: { 200: Exactly({ name: Type.String(), token: Token }) },
    },
  },
  'DELETE /operators/:name': {
    role: 'approver',
    schema: {
      summary: 'Remove an operator',
      params: Named,
      response: {
        200: Exactly({
          name: Type.String(),
          removed: Type.Literal(true),
          warnings: List(Type.String(), {
            description: 'rules that ask for more people than are left',
          }),
        }),
      },
    },
  },
} as const satisfies Operations;
