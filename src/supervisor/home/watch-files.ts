import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { replaceFile } from '../../platform/files/atomic-file.ts';
import { HOST } from '../contract.ts';
import type { Ports } from '../ports.ts';
import type { Home } from './home.ts';

/** What the watch of this machine is started with: docs/how-to/watch.md. */
export interface WatchFiles {
  /** Of the machine: written at every start. */
  readonly machine: string;
  /** Of people: written once, with nothing in it. */
  readonly settings: string;
  readonly token: string;
  readonly beatToken: string;
}

export function watchFiles({ directory }: Pick<Home, 'directory'>): WatchFiles {
  const folder = join(directory, 'watch');
  return {
    machine: join(folder, 'machine.yaml'),
    settings: join(folder, 'settings.yaml'),
    token: join(folder, 'token'),
    beatToken: join(folder, 'beat-token'),
  };
}

const MACHINE = `# Written at every start: what you change here is gone. Yours is settings.yaml.
`;
const SETTINGS = `# The watch of this machine, as you want it: docs/reference/watch.md has every key. What is here is added to what
# is in machine.yaml. Where alarms go, for example:
#
# channels:
#   - { kind: webhook, name: duty, url: "https://duty.example/hook", secretFile: webhook-secret }
# routes:
#   page: [{ channels: [duty] }]
`;

/** Makes them, or what is missing of them; the ports are those of this start. */
export async function writeWatchFiles(home: Home, ports: Ports): Promise<WatchFiles> {
  const files = watchFiles(home);
  await mkdir(join(home.directory, 'watch'), { recursive: true, mode: 0o700 });
  await Promise.all([makeToken(files.token), makeToken(files.beatToken)]);
  await replaceFile(files.machine, MACHINE + stringify(machineSettings(ports)));
  if (!existsSync(files.settings)) await replaceFile(files.settings, SETTINGS);
  return files;
}

/** The app and the merchant of its payments are made with the schema: `process/synthetic/merchant.ts`. */
function machineSettings(ports: Ports) {
  return {
    name: 'watch',
    journal: 'journal',
    listen: { host: HOST, port: ports.status },
    tokenFile: 'token',
    beatTokenFile: 'beat-token',
    // Any web server may serve the folder; the watch itself does.
    status: { path: 'status', name: 'Imara', url: `http://${HOST}:${ports.status}` },
    // Its token is made by control, as that of an operator who may look.
    control: { url: `http://${HOST}:${ports.control}`, tokenFile: 'control-token' },
    // By the same token control takes its beats, and writes down when they are missed.
    beats: [{ url: `http://${HOST}:${ports.control}/v1/watches/beats`, tokenFile: 'control-token' }],
    targets: [
      { kind: 'http', name: 'api', url: `http://${HOST}:${ports.api}/livez`, everyMs: 500, timeoutMs: 1_000 },
      {
        kind: 'payment',
        name: 'payment',
        url: `http://${HOST}:${ports.api}`,
        consumerKey: 'imara-watch',
        consumerSecretFile: 'app-secret',
        shortCode: '100100',
        passkeyFile: 'passkey',
        callback: { host: HOST },
      },
    ],
  };
}

async function makeToken(file: string): Promise<void> {
  if (!existsSync(file)) await replaceFile(file, `${randomBytes(32).toString('base64url')}\n`);
}
