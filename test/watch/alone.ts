import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { stringify } from 'yaml';
import type { Message } from '../../src/watch/channels/message.ts';
import type { Written } from '../../src/watch/journal/entry.ts';
import { journalFiles } from '../../src/watch/journal/files.ts';
import { until } from '../until.ts';

// The watch alone, and what it needs around it: servers of the test. All of it ends with the test file.

const home = await mkdtemp(join(tmpdir(), 'imara-watch-'));
const ends: (() => void)[] = [
  () => void rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
];
after(() => {
  for (const end of ends.reverse()) end();
});

export const TOKEN = 'token-of-this-test';
export const SECRET = 'a secret of this test';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** On a port of its own. */
export async function serve(handler: Handler): Promise<{ server: Server; port: number; url: string }> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const { port } = server.address() as AddressInfo;
  return { server, port, url: `http://127.0.0.1:${port}` };
}

interface Got {
  message: Message;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A receiver of webhooks; it answers while `answers` says so, else it hangs. */
export async function receiver() {
  const got: Got[] = [];
  const mind = { answers: true };
  const { url } = await serve((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      got.push({ message: JSON.parse(body), headers: request.headers, body });
      if (mind.answers) response.end('{}');
    });
  });
  const of = (what: string) => got.filter(({ message }) => message.what === what);
  return { url: `${url}/`, got, mind, of };
}

/** A program of the test, with a channel to it; killed with the file. */
export function program(file: string): ChildProcess {
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  ends.push(() => child.kill('SIGKILL'));
  return child;
}

export interface Alone {
  /** Its own folder, with its settings, tokens and journal. */
  readonly folder: string;
  readonly settingsFile: string;
  readonly journal: string;
  /** Every entry that is on its disk. */
  entries(): Promise<Written[]>;
  start(): Promise<Running>;
}

export interface Running {
  readonly child: ChildProcess;
  /** Base URL of its API. */
  readonly url: string;
  /** With the token of people, or that of beats. */
  ask(path: string, body?: object): Promise<Response>;
}

/** A folder with these settings for a watch, beside those that every watch needs. */
export async function alone(name: string, settings: object): Promise<Alone> {
  const folder = join(home, name);
  const settingsFile = join(folder, 'watch.yaml');
  const journal = join(folder, 'journal');
  await mkdir(folder);
  await writeFile(join(folder, 'secret'), `${SECRET}\n`);
  await writeFile(join(folder, 'token'), `${TOKEN}\n`);
  const common = {
    name,
    journal: 'journal',
    listen: { port: 0 },
    tokenFile: 'token',
    beatTokenFile: 'token',
  };
  await writeFile(settingsFile, stringify({ ...common, ...settings }));
  return {
    folder,
    settingsFile,
    journal,
    async entries() {
      const texts = await Promise.all((await journalFiles(journal)).map((file) => readFile(file, 'utf8')));
      const lines = texts.join('').split('\n').slice(0, -1);
      return lines.map((line): Written => JSON.parse(line));
    },
    start: () => run(settingsFile),
  };
}

/** Starts it as a supervisor does: with a channel, over which it says that it is ready. */
async function run(settingsFile: string): Promise<Running> {
  const main = join(import.meta.dirname, '..', '..', 'src', 'watch', 'main.ts');
  const child = spawn(process.execPath, [main, '--settings', settingsFile], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { PATH: process.env.PATH },
  });
  ends.push(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout?.on('data', (part) => {
    said += part;
  });
  const url = await until('it says where it is', () => /"url":"([^"]+)"/.exec(said)?.[1]);
  const ask = (path: string, body?: object) =>
    fetch(url + path, {
      headers: { authorization: `Bearer ${TOKEN}` },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
  return { child, url, ask };
}
