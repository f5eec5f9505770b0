import { CommanderError } from 'commander';
import { program } from './commands.ts';
import { exitCodes, Failure } from './failure.ts';
import { endWithReader, forPrograms, hintAtTheRest, sayFailure } from './terminal/terminal.ts';
import { refuseUnclean } from './usage/arguments.ts';
import { usageFailure } from './usage/errors.ts';

endWithReader();
try {
  refuseUnclean(process.argv.slice(2));
  await program.parseAsync();
  hintAtTheRest();
} catch (error) {
  const failure = failureOf(error);
  hintAtTheRest();
  if (failure !== undefined) sayFailure(failure);
  process.exitCode = failure?.exitCode ?? usageCode(error);
}

/** What is printed of it; `undefined` when commander printed all there is. What is no `Failure` is a bug. */
function failureOf(error: unknown): Failure | undefined {
  if (error instanceof CommanderError) return usageFailure(error);
  if (error instanceof Failure) return error;
  if (!forPrograms()) throw error;
  const why = error instanceof Error ? error.stack : String(error);
  return new Failure({ what: 'This is a bug of Imara.', ...(why && { why }) });
}

/** Help and version are asked for; the help of a group that was called alone is an error of usage. */
function usageCode(error: unknown): number {
  return error instanceof CommanderError && error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
}
