import Type, { type TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';

/** Says what may stand for `given`, where only so many names do. */
export type Choices = (what: string, known: readonly string[], given: unknown) => string;

export const allChoices: Choices = (what, known) => `${what} are ${known.join(', ')}`;

/** Why a request is not as its schema says, as text that names the key and lists what may stand there. */
export function schemaReasons(
  schema: TSchema,
  given: unknown,
  errors: readonly TLocalizedValidationError[],
  choices: Choices = allChoices,
): string {
  const unions = new Set(errors.flatMap((error) => (error.keyword === 'anyOf' ? [error.instancePath] : [])));
  const reasons = errors.flatMap((error): string[] => {
    const { keyword, instancePath, message } = error;
    switch (keyword) {
      // The same fault is reported once more as `additionalProperties`.
      case 'boolean':
        return [];
      case 'additionalProperties':
        return error.params.additionalProperties.map((name) => {
          const known = instancePath === '' && Type.IsObject(schema) ? Object.keys(schema.properties) : [];
          const at = `${instancePath}/${name} is not a key here`;
          return known.length === 0 ? at : `${at}: ${choices('keys', known, name)}`;
        });
      case 'enum':
        return [valuesText(instancePath, error.params.allowedValues)];
      case 'anyOf': {
        const values = constantsAt(instancePath);
        return values.length === 0
          ? [`${instancePath} ${message}`.trim()]
          : [valuesText(instancePath, values)];
      }
      default:
        // What each branch of a union says is in the union's own reason.
        return unions.has(instancePath) ? [] : [`${instancePath} ${message}`.trim()];
    }
  });
  return [...new Set(reasons)].join('; ');

  function constantsAt(path: string): unknown[] {
    return errors.flatMap((error) =>
      error.keyword === 'const' && error.instancePath === path ? [error.params.allowedValue] : [],
    );
  }

  function valuesText(path: string, values: readonly unknown[]): string {
    const value = path
      .split('/')
      .slice(1)
      .reduce((at: unknown, key) => Object(at)[key], given);
    return `${path} is none of its values: ${choices('values', values.map(String), value)}`;
  }
}
