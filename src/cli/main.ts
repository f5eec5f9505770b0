import { CommanderError } from 'commander';
import { program } from './commands.ts';
import { exitCodes, Failure } from './failure.ts';
import { sayFailure } from './terminal.ts';

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and version are asked for; everything else that commander says is about usage. It has said it.
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  } else if (error instanceof Failure) {
    sayFailure(error);
    process.exitCode = error.exitCode;
  } else {
    throw error;
  }
}
