import { type AuditReport, auditBooks } from '../../ledger/audit.ts';
import { openDatabase } from '../../platform/database/database.ts';
import { parseDatabaseUrl } from '../../platform/database/database-url.ts';
import { Deadline, DeadlineExceeded } from '../../platform/deadline.ts';
import { variable } from '../../platform/environment/read.ts';
import { homeOf } from '../../supervisor/home/home.ts';
import { readState } from '../../supervisor/local-api.ts';
import { exitCodes, Failure } from '../failure.ts';
import { paint, print, printJson, say } from '../terminal/terminal.ts';

/** Proves the books while they are in use. The exit status is 1 when an invariant is broken. */
export async function checkLedger({ json, timeout }: { json?: true; timeout: number }): Promise<void> {
  const timeoutMs = timeout * 1_000;
  const database = openDatabase({
    url: await databaseUrl(),
    name: 'imara ledger check',
    maxConnections: 1,
    statementTimeoutMs: timeoutMs,
  });
  try {
    const report = await auditBooks(database, Deadline.in(timeoutMs));
    if (json) printJson(report);
    else show(report);
    if (!report.sound) process.exitCode = exitCodes.failed;
  } catch (error) {
    throw asFailure(error, timeout);
  } finally {
    await database.end();
  }
}

function show({ sound, invariants, accounts, transfers, openHolds, violations }: AuditReport): void {
  for (const { invariant, rows, examples } of violations) {
    print(`${paint('red', '✗')} broken: ${invariant} (${rows} ${rows === 1 ? 'row' : 'rows'})`);
    for (const example of examples) print(`    ${JSON.stringify(example)}`);
  }
  const extent = `${accounts} accounts, ${transfers} transfers, ${openHolds} open holds`;
  if (sound) print(`${paint('green', '✓')} all ${invariants} invariants hold: ${extent}`);
  else say(`${violations.length} of ${invariants} invariants are broken: ${extent}`);
}

async function databaseUrl(): Promise<string> {
  const given = variable('DATABASE_URL');
  const parsed = given === undefined ? undefined : parseDatabaseUrl(given);
  if (parsed?.ok === false)
    throw new Failure({
      what: 'DATABASE_URL cannot be used.',
      why: parsed.reason,
      exitCode: exitCodes.usage,
    });
  const url = parsed?.url ?? (await readState(homeOf()))?.databaseUrl;
  if (url) return url;
  throw new Failure({
    what: 'There are no books to check: Imara is not up here.',
    fix: 'Start it with `npx imara up`, or name the database with DATABASE_URL.',
  });
}

function asFailure(error: unknown, timeout: number): unknown {
  const { code, message } = error as { code?: string; message: string };
  // 57014: the server ended the statement at the same deadline.
  if (error instanceof DeadlineExceeded || code === '57014') {
    return new Failure({
      what: `The books were not proved within ${timeout} s.`,
      fix: 'Give it longer with --timeout SECONDS.',
      exitCode: exitCodes.timedOut,
    });
  }
  if (code === undefined) return error;
  return new Failure({
    what: 'The books cannot be read.',
    why: message,
    fix: 'See `npx imara status`; is DATABASE_URL right?',
  });
}
