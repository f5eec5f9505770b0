import { DatabaseError } from 'pg';

/**
 * The store has not done it, and it is not to blame on what was asked: no connection, one that was lost, no
 * answer in time, a server that shuts down, starts, is full or is no longer the primary. The outcome is
 * unknown; to ask again is right.
 */
export class StoreAway extends Error {
  override readonly name = 'StoreAway';
  /** SQLSTATE or the system's code, where there is one. */
  readonly code: string | undefined;

  constructor(cause: Error) {
    super(textOf(cause), { cause });
    this.code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  }
}

/**
 * Has the function `name` of a pool or client reject with `StoreAway` where that is what happened. Every
 * query goes through here once, and one that succeeds pays for a promise.
 */
export function tellAway<Name extends string, Store extends Record<Name, (...given: never[]) => unknown>>(
  store: Store,
  name: Name,
): void {
  const work: (...given: never[]) => unknown = store[name];
  const told = (...given: never[]): unknown => {
    const result = Reflect.apply(work, store, given);
    return result instanceof Promise ? result.catch(rethrow) : result;
  };
  Object.assign(store, { [name]: told });
}

/** A name with several addresses fails with one error for each, and no message of its own. */
export function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

function rethrow(error: unknown): never {
  throw error instanceof Error && isAway(error) ? new StoreAway(error) : error;
}

function isAway(error: Error): boolean {
  if (error instanceof DatabaseError) return AWAY.test(error.code ?? '');
  // Of the client itself, which has heard nothing from the server. What it calls a wrong type or range is a
  // fault of the caller.
  return error.constructor === Error || error instanceof AggregateError;
}

/**
 * SQLSTATE: connection lost (08), the server ends or starts (57P), a statement or lock out of time (57014,
 * 55P03), no more connections (53300), no longer the primary (25006).
 */
const AWAY = /^(08...|57P..|57014|55P03|53300|25006)$/;
