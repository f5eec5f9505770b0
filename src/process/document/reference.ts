import { readFileSync, writeFileSync } from 'node:fs';
import { referencePage } from '../../config/check/reference.ts';
import { operationsText } from '../../control/contract/reference.ts';
import { faultsPage } from '../../mpesa/reference/faults-page.ts';
import { apisPage, errorsPage, resultsPage } from '../../mpesa/reference/pages.ts';
import { variablesText } from '../../platform/environment/page.ts';
import { loadRelease } from '../installation/release.ts';
import { readEnvironment } from '../main/environment.ts';
import { platformSchema } from './platform.ts';

/** Where the page of the configuration is kept. `npm run reference` writes it again. */
export const PAGE = 'docs/reference/configuration.md';

const INTRO = `# Configuration, key by key

Written by \`npm run reference\` from the schema that checks every document (\`src/process/document/\`); the suite fails when it is not what
that would write. How to change anything: [Change the configuration](../how-to/configure.md). \`environments.testing\` and
\`environments.production\` take the same keys, and hold for that environment alone. "Built in" is the \`server\` profile; on one machine,
\`npm start\`, production waits less and trusts the person more: \`npx imara config show\` says what holds.`;

export function configurationPage(): string {
  const environment = readEnvironment({
    IMARA_PROFILE: 'server',
    DATABASE_URL: 'postgres://nobody@127.0.0.1/none',
    IMARA_AUTH_SERVERS: 'https://auth.example:8443',
  });
  return referencePage(INTRO, platformSchema, loadRelease(environment).content);
}

const CONTROL_PAGE = 'docs/reference/control-api.md';
const ENVIRONMENT_PAGE = 'docs/reference/environment.md';

/** A page that is written by hand around what the code says of `what`. */
function filled(file: string, what: string, text: () => string): () => string {
  const place = new RegExp(`(<!-- ${what}: [^\\n]*-->\\n).*(<!-- end of ${what} -->)`, 's');
  return () => readFileSync(file, 'utf8').replace(place, (_, begin, end) => `${begin}\n${text()}\n\n${end}`);
}

/** Every page that is written from the code. */
export const pages: readonly (readonly [file: string, page: () => string])[] = [
  [PAGE, configurationPage],
  ['docs/reference/errors.md', errorsPage],
  ['docs/reference/results.md', resultsPage],
  ['docs/reference/apis.md', apisPage],
  ['docs/reference/faults.md', faultsPage],
  [CONTROL_PAGE, filled(CONTROL_PAGE, 'operations', operationsText)],
  [ENVIRONMENT_PAGE, filled(ENVIRONMENT_PAGE, 'variables', variablesText)],
];

if (import.meta.main) for (const [file, page] of pages) writeFileSync(file, page());
