import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { exitCodes, Failure } from '../../failure.ts';

/** The one line of a file; `-`: of stdin, so that no shell remembers it. `what` it holds: `password`. */
export async function secretIn(
  file: string,
  { what, form, rule }: { what: string; form: RegExp; rule: string },
): Promise<string> {
  const given = await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch((error: Error) => {
    throw new Failure({
      what: `${file} cannot be read.`,
      why: error.message,
      fix: `Name the file that has the ${what}, or - for stdin.`,
      exitCode: exitCodes.usage,
    });
  });
  const secret = given.replace(/\r?\n$/, '');
  if (form.test(secret)) return secret;
  throw new Failure({
    what: `${file === '-' ? 'Stdin' : file} holds no ${what}.`,
    fix: `A ${what} is one line of ${rule}, without blanks.`,
    exitCode: exitCodes.usage,
  });
}
