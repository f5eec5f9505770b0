import { isPlainBlock } from '../../platform/http/plain-text.ts';
import { exitCodes, Failure } from '../failure.ts';

/** What Node makes of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

/**
 * Throws when an argument holds what could not be kept as it was written: a name or a reason goes on to
 * control and the database.
 */
export function refuseUnclean(args: readonly string[]): void {
  const at = args.findIndex((argument) => !isPlainBlock(argument) || argument.includes(REPLACEMENT));
  if (at === -1) return;
  throw new Failure({
    what: `Argument ${at + 1} has control characters, or is not UTF-8: ${JSON.stringify(args[at])}`,
    fix: 'Write it again without them.',
    exitCode: exitCodes.usage,
  });
}
