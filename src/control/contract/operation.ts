import type { Static, TSchema } from 'typebox';
import type { Role } from '../operators.ts';

/**
 * What an operator may ask of control, by `METHOD /path` under `/v1`: the server, its clients and its
 * reference are made of it.
 */
export interface Operation {
  /** The least role that may ask. */
  readonly role: Role;
  readonly schema: {
    /** In one line; and what more there is to say. */
    readonly summary: string;
    readonly description?: string;
    readonly params?: TSchema;
    readonly querystring?: TSchema;
    readonly body?: TSchema;
    /** What is answered when it is done, by status, to the last key. */
    readonly response: Readonly<Record<number, TSchema>>;
  };
}

export type OperationKey = `${'GET' | 'POST' | 'DELETE'} /${string}`;
export type Operations = Readonly<Record<OperationKey, Operation>>;

/** As the framework takes it. */
export function routeOf<All extends Record<Key, Operation>, Key extends OperationKey & keyof All>(
  operations: All,
  key: Key,
) {
  const [method, url] = partsOf(key);
  const { role, schema }: All[Key] = operations[key];
  return { method, url, config: { role }, schema: schema as All[Key]['schema'] };
}

export function partsOf(key: OperationKey): ['GET' | 'POST' | 'DELETE', string] {
  const space = key.indexOf(' ');
  return [key.slice(0, space) as 'GET' | 'POST' | 'DELETE', key.slice(space + 1)];
}

type Part<
  Of extends Operation,
  Name extends 'params' | 'querystring',
> = Of['schema'][Name] extends infer Schema extends TSchema ? Static<Schema> : undefined;

/** What a client gives: only what the operation takes, and nothing where all of it may be left out. */
export type Given<Of extends Operation> = Needed<'params', Part<Of, 'params'>> &
  Needed<'query', Part<Of, 'querystring'>> &
  // Sent even where all of it may be left out: an object is what the server reads.
  (Of['schema'] extends { readonly body: infer Body extends TSchema }
    ? { readonly body: Sendable<Static<Body>> }
    : { readonly body?: never });

type Needed<Name extends string, Value> = Value extends undefined
  ? { readonly [Key in Name]?: never }
  : Record<never, never> extends Value
    ? { readonly [Key in Name]?: Sendable<Value> }
    : { readonly [Key in Name]: Sendable<Value> };

/** What is undefined is not sent. */
type Sendable<Value> = {
  readonly [Key in keyof Value]: Value[Key] | (undefined extends Value[Key] ? undefined : never);
};

/** What is answered when it is done. */
export type Answer<Of extends Operation> = Static<
  Of['schema']['response'][keyof Of['schema']['response'] & number]
>;
