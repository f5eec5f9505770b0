import { type TLiteral, type TProperties, Type } from 'typebox';

/** An object that has these keys alone: a key that is misspelt is said, not passed over. */
export const strict = <Properties extends TProperties>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false });

export const milliseconds = (minimum: number, maximum: number, value: number, description: string) =>
  Type.Integer({ minimum, maximum, default: value, description: `ms ${description}` });

export const severity = (value: 'page' | 'ticket' | 'note', description: string) =>
  Type.Union(
    [Type.Literal('page'), Type.Literal('ticket'), Type.Literal('note')] as [
      TLiteral<'page'>,
      TLiteral<'ticket'>,
      TLiteral<'note'>,
    ],
    { default: value, description: `page, ticket or note: ${description}` },
  );

export const path = (description: string) =>
  Type.String({ minLength: 1, description: `${description}; from the folder of the settings file` });
