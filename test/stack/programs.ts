import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that are not of npm, and how each is installed. */
const howToInstall = {
  haproxy: '`apt-get install haproxy` (Debian, Ubuntu) or `brew install haproxy` (macOS)',
  chromium: '`apt-get install chromium` or `brew install chromium`',
  bash: '`apt-get install bash`',
  curl: '`apt-get install curl` or `brew install curl`',
  prometheus: '`apt-get install prometheus` (Debian, Ubuntu) or `brew install prometheus` (macOS)',
  promtool: 'it comes with prometheus: `apt-get install prometheus` or `brew install prometheus`',
  'prometheus-alertmanager': '`apt-get install prometheus-alertmanager` (Debian, Ubuntu)',
} as const;

export type Program = keyof typeof howToInstall;

/**
 * A line for each that is not on the PATH: looked for before anything is started that would wait for it in
 * vain.
 */
export function missing(programs: readonly Program[], path = process.env.PATH ?? ''): string[] {
  return programs
    .filter((program) => !path.split(delimiter).some((directory) => isExecutable(join(directory, program))))
    .map((program) => `${program} is not installed: ${howToInstall[program]}`);
}

/** Throws when one is missing. */
export function demandPrograms(programs: readonly Program[]): void {
  const lines = missing(programs);
  if (lines.length > 0) throw new Error(lines.join('\n'));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
