import { everything, situationHere } from '../findings/finders.ts';
import { exitCodeOf, findingText } from '../findings/finding.ts';
import { look } from '../findings/look.ts';
import { print, printJson } from '../terminal/terminal.ts';

const ASK_MS = 3_000;

/**
 * Looks at what Imara stands on, then at each part of it. The exit status is 6 when something needs somebody.
 */
export async function doctor({ json }: { json?: true }): Promise<void> {
  const findings = await look(everything, await situationHere(ASK_MS));
  if (json) printJson({ findings });
  else for (const finding of findings) print(findingText(finding));
  process.exitCode = exitCodeOf(findings);
}
