import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Deadline } from '../../platform/deadline.ts';
import { inherited, variable } from '../../platform/environment/read.ts';
import { lookUntil } from '../../platform/loop/look-until.ts';
import { sibling } from '../../platform/sibling.ts';
import { type Home, homeOf } from '../../supervisor/home/home.ts';
import { type HomeLock, lockHome } from '../../supervisor/home/home-lock.ts';
import { askStatus, readState } from '../../supervisor/local-api.ts';
import { openLog, readFrom, size, tail } from '../../supervisor/log-files.ts';
import { services } from '../../supervisor/plan.ts';
import { DEFAULT_PORT_BASE } from '../../supervisor/ports.ts';
import type { Status } from '../../supervisor/status.ts';
import { StoppedWhileStarting, Supervisor } from '../../supervisor/supervisor.ts';
import { exitCodes, Failure } from '../failure.ts';
import { otherPorts, ownerText } from '../local/owner.ts';
import { goOnWithoutReader, print, printJson, say } from '../terminal/terminal.ts';
import { overview } from './overview.ts';

export interface UpOptions {
  detach?: true;
  json?: true;
  showSecrets?: true;
  /** Seconds, for a start that somebody else makes. */
  timeout: number;
}

/** The log of a supervisor that no terminal belongs to. It must not hold the credentials. */
const isDetached = variable('IMARA_DETACHED') !== undefined;
/** In a log the lines of all processes are merged by their time. */
const tell = isDetached
  ? (text: string) => say(`${new Date().toISOString()} ${text.replaceAll('\n', '\n  ')}`)
  : say;
/** One press of Ctrl-C may arrive twice: from the terminal, and from npm, which hands it on. */
const ONE_PRESS_MS = 500;
const ASK_MS = 1_000;
const POLL_MS = 50;
/** Values of a file that are shown. */
const MOST_CHANGES = 10;

/** Starts everything and stays until it is stopped; or, when it is up already, says so. */
export async function up(options: UpOptions): Promise<void> {
  const home = homeOf();
  const base = portBase(variable('IMARA_PORT_BASE'));
  const lock = lockOf(home);
  if (lock === undefined) {
    const status = await untilUp(home, options.timeout, () => undefined);
    const state = await readState(home);
    const theirs = state?.supervisor.portBase;
    if (state !== undefined && variable('IMARA_PORT_BASE') && theirs !== undefined && theirs !== base) {
      throw otherPorts(home, state, base);
    }
    say(`Imara is up already: ${state === undefined ? home.directory : ownerText(home, state)}`);
    return show(status, options);
  }
  await checkConfigFile().catch((error: unknown) => {
    lock.release();
    throw error;
  });
  if (options.detach) {
    lock.release();
    return detach(home, options);
  }
  const fleet = new Supervisor({
    home,
    lock,
    environment: inherited(),
    portBase: base,
    services,
    script: (name) =>
      fileURLToPath(
        sibling(import.meta.url, name === 'watch' ? '../../watch/main' : `../../process/main/${name}`),
      ),
    say: tell,
  });
  const ended = Promise.withResolvers<void>();
  const stop = () => void fleet.stop().then(ended.resolve, ended.reject);
  onInterrupt(stop, async () => {
    await fleet.stopAtOnce();
    process.exit(exitCodes.interrupted);
  });
  try {
    await fleet.start(stop);
    if (!isDetached) show(fleet.status(), options);
    if (process.stdout.isTTY) say('Ctrl-C stops everything');
  } catch (error) {
    stop();
    await ended.promise;
    if (error instanceof StoppedWhileStarting) return;
    throw new Failure({
      what: 'Imara does not start.',
      why: (error as Error).message,
      fix: `The logs are in ${home.logs}; \`npx imara doctor\` looks for usual causes.`,
    });
  }
  await ended.promise;
  tell('stopped');
}

/** Before anything starts: one message, instead of one of each process again and again. */
async function checkConfigFile(): Promise<void> {
  // Who started this in the background has looked.
  if (variable('IMARA_CONFIG') === undefined || isDetached) return;
  const { lookAtConfigFile } = await import('../../process/installation/config-file.ts');
  const looked = await lookAtConfigFile(inherited());
  switch (looked.kind) {
    case 'in force':
      return;
    case 'differs':
      say(
        `${looked.file} (IMARA_CONFIG) is passed over: releases were proved here since, and it says something else:`,
      );
      for (const { path, before, after } of looked.changes.slice(0, MOST_CHANGES))
        say(`  ${path}: ${JSON.stringify(before)} is in force, the file says ${JSON.stringify(after)}`);
      if (looked.changes.length > MOST_CHANGES) say(`  and ${looked.changes.length - MOST_CHANGES} more`);
      say(`Push it, if it is wanted: npx imara config push ${looked.file} --reason TEXT`);
      return;
    case 'bad': {
      const what = `${looked.file} (IMARA_CONFIG) is no valid configuration`;
      if (!looked.proved) throw new Failure({ what: `${what}: nothing was started.`, why: looked.why });
      say(`${what}. It is passed over: what was proved here goes before it.\n${looked.why}`);
      return;
    }
    default:
      looked satisfies never;
  }
}

/** The first press stops in order, the second at once. */
function onInterrupt(inOrder: () => void, atOnce: () => Promise<void>): void {
  let firstAt: number | undefined;
  const press = () => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      tell('stopping: what was begun is finished first (again: at once)');
      inOrder();
    } else if (performance.now() - firstAt > ONE_PRESS_MS) {
      void atOnce();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, press);
  goOnWithoutReader();
}

/** Starts the supervisor as a process of its own, shows what it says, and leaves when everything is up. */
async function detach(home: Home, options: UpOptions): Promise<void> {
  const log = home.log('supervisor');
  const from = await size(log);
  const output = openLog(log);
  // Node 22 says of SQLite, which holds the lock of the home, that it may change.
  const program = [
    '--disable-warning=ExperimentalWarning',
    fileURLToPath(sibling(import.meta.url, '../main')),
  ];
  const supervisor = spawn(process.execPath, [...program, 'up'], {
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...inherited(), IMARA_DETACHED: '1' },
  });
  closeSync(output);
  const said = async () => {
    const text = await readFrom(log, from, await size(log));
    return text.trimEnd().replace(/^\d{4}-\S+Z /gm, '');
  };
  const ended = () =>
    supervisor.pid === undefined || supervisor.exitCode !== null || supervisor.signalCode !== null;
  supervisor.on('error', () => {});
  const status = await untilUp(home, options.timeout, async () => {
    // One that found another supervisor at work has ended well.
    if (!ended() || supervisor.exitCode === 0) return undefined;
    return new Failure({
      what: 'Imara did not start in the background. It said:',
      why: await said(),
    });
  });
  supervisor.unref();
  say(await said());
  show(status, options);
  say('It runs on in the background: `npx imara down` stops it, `npx imara logs -f` follows it.');
}

/** Waits until the supervisor of this home has started everything. `givenUp`: why it never will. */
async function untilUp(
  home: Home,
  timeoutSeconds: number,
  givenUp: () => Promise<Failure | undefined> | undefined,
): Promise<Status> {
  const look = async (): Promise<Status | undefined> => {
    const state = await readState(home);
    const status = state && (await askStatus(state, ASK_MS));
    if (status?.state === 'ready' || status?.state === 'degraded') return status;
    const failure = await givenUp();
    if (failure !== undefined) throw failure;
    return undefined;
  };
  const up = await lookUntil(look, { everyMs: POLL_MS, deadline: Deadline.in(timeoutSeconds * 1_000) });
  if (up !== undefined) return up;
  const pid = (await readState(home))?.supervisor.pid;
  throw new Failure({
    what: `Imara was not up within ${timeoutSeconds} s.`,
    why: `A supervisor${pid === undefined ? '' : ` (pid ${pid})`} has ${home.directory}, and is starting, stopping or stuck:\n${await tail(home.log('supervisor'), 5)}`,
    fix: `Look again with \`npx imara status\`${pid === undefined ? '' : `, or end it with \`kill -9 ${pid}\` and start again: nothing is lost`}.`,
    exitCode: exitCodes.timedOut,
  });
}

function show(status: Status, { json, showSecrets }: Pick<UpOptions, 'json' | 'showSecrets'>): void {
  if (json) printJson(status);
  else print(overview(status, showSecrets));
  if (status.state === 'degraded') {
    say('Not everything serves: `npx imara status` says what, `npx imara logs` why.');
    process.exitCode = exitCodes.degraded;
  }
}

function lockOf(home: Home): HomeLock | undefined {
  try {
    return lockHome(home);
  } catch (error) {
    throw new Failure({
      what: `${home.directory} cannot be used.`,
      why: (error as Error).message,
      fix: 'Mend its permissions, or point IMARA_HOME at another directory.',
    });
  }
}

export function portBase(value: string | undefined): number {
  if (value === undefined || value === '') return DEFAULT_PORT_BASE;
  const base = Number(value);
  if (Number.isInteger(base) && base >= 1_024 && base <= 65_000) return base;
  throw new Failure({
    what: `IMARA_PORT_BASE is "${value}".`,
    fix: `Write a number from 1024 to 65000, or unset it for ${DEFAULT_PORT_BASE}.`,
    exitCode: exitCodes.usage,
  });
}
