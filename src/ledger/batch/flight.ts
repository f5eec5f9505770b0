import type { Client } from 'pg';

/** A prepared statement with its parameters; one name for one text. */
export interface Statement {
  name: string;
  text: string;
  values: readonly unknown[];
}

/** A statement of a flight failed; nothing of its transaction remains, unless the connection went with it. */
export class FlightFailed extends Error {
  readonly statement: string;
  /** SQLSTATE, or the socket's code; absent when the driver found the connection gone. */
  readonly code: string | undefined;
  readonly table: string | undefined;

  constructor(statement: string, cause: unknown) {
    super(`${statement}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'FlightFailed';
    const { code, schema, table } = cause as { code?: string; schema?: string; table?: string };
    this.statement = statement;
    this.code = code;
    this.table = table === undefined ? undefined : `${schema}.${table}`;
  }
}

/**
 * Sends the statements at once and waits for all answers: the rows of each, as arrays in the order of its
 * columns. Throws `FlightFailed` with the first statement that failed (those after it fail for its sake).
 */
export async function fly(client: Client, statements: readonly Statement[]): Promise<unknown[][][]> {
  const answers = await Promise.allSettled(
    statements.map(({ name, text, values }) =>
      client.query<unknown[]>({ name, text, values: [...values], rowMode: 'array' }),
    ),
  );
  return answers.map((answer, index) => {
    if (answer.status === 'rejected') {
      throw new FlightFailed(statements[index]?.name ?? 'statement', answer.reason);
    }
    return answer.value.rows;
  });
}

export const begin: Statement = { name: 'begin', text: 'begin', values: [] };
export const commit: Statement = { name: 'commit', text: 'commit', values: [] };
export const rollback: Statement = { name: 'rollback', text: 'rollback', values: [] };
