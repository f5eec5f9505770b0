import { createInterface } from 'node:readline/promises';
import { exitCodes, Failure } from '../failure.ts';
import { forPrograms, say } from '../terminal/terminal.ts';

/**
 * Only a person's yes goes on. A `Failure` with status 3 else; where nobody can be asked it names the flag.
 */
export async function confirm(says: string, question: string): Promise<void> {
  const { stdin, stderr } = process;
  if (forPrograms() || !stdin.isTTY || !stderr.isTTY) {
    throw new Failure({
      what: 'No further release was taken back, because nobody can be asked here.',
      why: says,
      fix: 'To go on without a question: --yes. To name what is to be left: --from RELEASE.',
      exitCode: exitCodes.refused,
    });
  }
  say(says);
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    if (/^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())) return;
  } finally {
    terminal.close();
  }
  throw new Failure({ what: 'No further release was taken back.', exitCode: exitCodes.refused });
}
