import { Type } from 'typebox';

// The kinds of number a document holds, each with its unit in the key's name and its bounds here.

export const milliseconds = (description: string, minimum = 1, maximum = 600_000) =>
  Type.Integer({ description, minimum, maximum });

export const seconds = (description: string, minimum = 0, maximum = 31_536_000) =>
  Type.Integer({ description, minimum, maximum });

export const count = (description: string, minimum = 1, maximum = 100_000) =>
  Type.Integer({ description, minimum, maximum });

export const bytes = (description: string, minimum = 1_024, maximum = 1_048_576) =>
  Type.Integer({ description, minimum, maximum });

/** 0 to 1. */
export const share = (description: string) => Type.Number({ description, minimum: 0, maximum: 1 });

export const shillings = (description: string, minimum = 1) =>
  Type.Integer({ description, minimum, maximum: 1_000_000_000 });

export const flag = (description: string) => Type.Boolean({ description });

/** An object whose keys are all required and all known: a misspelt key is an error, not a default. */
export const section = <Properties extends Record<string, import('typebox').TSchema>>(
  properties: Properties,
  description: string,
) => Type.Object(properties, { additionalProperties: false, description });
