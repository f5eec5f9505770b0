import { type Static, type TObject, type TSchema, type TUnsafe, Type } from 'typebox';

// What a part of the configuration is made of. Each part declares its section once: types, bounds,
// descriptions and what is built in. `src/process/document/` puts the sections together; what values of
// several parts mean to each other is checked there.
//
// A number has its unit in the key's name and its bounds here. What a timer waits for stays far below 2^31
// ms, from which on it does not wait at all.

export const milliseconds = (description: string, minimum = 1, maximum = 600_000) =>
  Type.Integer({ description, minimum, maximum });

export const seconds = (description: string, minimum = 0, maximum = 86_400) =>
  Type.Integer({ description, minimum, maximum });

export const count = (description: string, minimum = 1, maximum = 100_000) =>
  Type.Integer({ description, minimum, maximum });

export const bytes = (description: string, minimum = 1_024, maximum = 1_048_576) =>
  Type.Integer({ description, minimum, maximum });

export const shillings = (description: string, minimum = 1) =>
  Type.Integer({ description, minimum, maximum: 1_000_000_000 });

/** Name servers of one kind of look-up. */
export const nameServers = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { description, maxItems: 8 });

/** Room for twenty authorities and more; everybody who has the document holds it in memory. */
export const PEM_CHARS = 100_000;

export const flag = (description: string) => Type.Boolean({ description });

/** One of these texts. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(
  words: Words,
  description: string,
) => Type.Unsafe<Words[number]>({ ...Type.Union(words.map((word) => Type.Literal(word))), description });

/** An object whose keys are all required and all known: a misspelt key is an error, not a default. */
export const section = <Properties extends Record<string, TSchema>>(
  properties: Properties,
  description: string,
) => Type.Object(properties, { additionalProperties: false, description });

/** Any of these keys; one that is none of them is an error. */
const anyOf = <Properties extends Record<string, TSchema>>(properties: Properties, options: object) =>
  Type.Object(
    Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, Type.Optional(schema)])),
    { ...options, additionalProperties: false },
  );

/** What some of `names` have of their own, of `properties`. `noun`: what the names are, in the plural. */
export const ownOf = <Name extends string, Properties extends Record<string, TSchema>>(
  { names, noun }: { names: readonly Name[]; noun: string },
  properties: Properties,
  description: string,
): TUnsafe<Partial<Record<Name, Own<Properties>>>> => {
  const each = anyOf(properties, {});
  return Type.Unsafe(
    anyOf(Object.fromEntries(names.map((name) => [name, each])), { description, names: noun }),
  );
};

type Own<Properties extends Record<string, TSchema>> = Partial<{
  [Key in keyof Properties]: Static<Properties[Key]>;
}>;

/** What holds unless a release says otherwise. */
export const builtIn = <Schema extends TSchema>(value: Static<Schema>, schema: Schema): Schema => ({
  ...schema,
  default: value,
});

/** A section as it is built in. Throws where it does not say so of every key. */
export function defaultsOf<Section extends TObject>(section: Section): Static<Section> {
  const defaults: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(section.properties)) {
    if ('default' in schema) defaults[key] = structuredClone(schema.default);
    else if (Type.IsObject(schema)) defaults[key] = defaultsOf(schema);
    else throw new Error(`nothing is built in for ${key}`);
  }
  return defaults as Static<Section>;
}
