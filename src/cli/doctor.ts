import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { askStatus, readState } from '../fleet/control-line.ts';
import { type Home, homeOf } from '../fleet/home.ts';
import { authServerCount, portTitle, services } from '../fleet/plan.ts';
import { choosePorts } from '../fleet/ports.ts';
import { postgresBinary } from '../fleet/postgres-files.ts';
import { checkServer } from '../fleet/server-version.ts';
import type { Instance, Status } from '../fleet/status.ts';
import { exitCodes } from './failure.ts';
import { paint, print, printJson } from './terminal.ts';
import { portBase } from './up.ts';

type Verdict = 'ok' | 'warning' | 'wrong';

interface Finding {
  verdict: Verdict;
  /** What was looked at, and what was seen. */
  what: string;
  fix?: string;
}

const NODE_MAJOR = 26;
const ASK_MS = 3_000;
const GIB = 2 ** 30;

/** Looks at what Imara stands on, then at each of its processes. The exit status is 1 when something is wrong. */
export async function doctor({ json }: { json?: true }): Promise<void> {
  const home = homeOf(process.env);
  const state = await readState(home);
  const status = state && (await askStatus(state, ASK_MS));
  const findings = (
    await Promise.all([node(), directory(home), database(), status ? processes(status) : ports()])
  ).flat();
  if (json) printJson({ findings });
  else for (const finding of findings) print(line(finding));
  if (findings.some(({ verdict }) => verdict === 'wrong')) process.exitCode = exitCodes.failed;
}

function node(): Finding {
  const what = `Node ${process.version}`;
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return { verdict: 'ok', what };
  return { verdict: 'wrong', what, fix: 'Run it by `npx imara` or `npm start`, which bring their own Node.' };
}

async function directory({ directory }: Home): Promise<Finding> {
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK);
    const { bavail, bsize } = await statfs(directory);
    const free = (bavail * bsize) / GIB;
    const what = `${directory} is writable, ${free.toFixed(1)} GiB free`;
    if (free > 2) return { verdict: 'ok', what };
    const fix = 'Free some space, or point IMARA_HOME at another disk.';
    return { verdict: free > 0.5 ? 'warning' : 'wrong', what, fix };
  } catch (error) {
    const what = `${directory} cannot be written: ${(error as Error).message}`;
    return { verdict: 'wrong', what, fix: 'Mend its permissions, or point IMARA_HOME at another directory.' };
  }
}

async function database(): Promise<Finding> {
  const { DATABASE_URL: url } = process.env;
  try {
    if (url) await checkServer(url, ASK_MS);
    else await access(postgresBinary('postgres'), constants.X_OK);
    return {
      verdict: 'ok',
      what: url ? 'the PostgreSQL of DATABASE_URL answers' : 'PostgreSQL is installed',
    };
  } catch (error) {
    const fix = url ? 'Correct DATABASE_URL, or unset it.' : 'Run `npm install` again.';
    return { verdict: 'wrong', what: (error as Error).message, fix };
  }
}

async function ports(): Promise<Finding[]> {
  const { moved } = await choosePorts(portBase(process.env.IMARA_PORT_BASE), authServerCount(services));
  const down: Finding = { verdict: 'warning', what: 'Imara is down', fix: 'Start it with `npx imara up`.' };
  const taken = moved.map(
    ({ name, wanted, given }): Finding => ({
      verdict: 'warning',
      what: `port ${wanted} is taken: ${portTitle(name)} would listen on ${given}`,
      fix: 'Stop the other program, or set IMARA_PORT_BASE.',
    }),
  );
  return [down, ...(taken.length > 0 ? taken : [{ verdict: 'ok' as const, what: 'all ports are free' }])];
}

async function processes({ instances, state }: Status): Promise<Finding[]> {
  const whole: Finding =
    state === 'ready'
      ? { verdict: 'ok', what: 'everything is up' }
      : { verdict: 'warning', what: `the whole is ${state}`, fix: 'Look again with `npx imara status`.' };
  return [whole, ...(await Promise.all(instances.map(instance)))];
}

async function instance({ name, state, admin }: Instance): Promise<Finding> {
  const fix = `See \`npx imara logs ${name}\`.`;
  if (admin === null) return { verdict: 'wrong', what: `${name} is ${state}`, fix };
  try {
    const answer = await fetch(`${admin}/readyz`, { signal: AbortSignal.timeout(ASK_MS) });
    if (answer.ok) return { verdict: 'ok', what: `${name} is ready` };
    return { verdict: 'wrong', what: `${name} is not ready: ${(await answer.text()).trim()}`, fix };
  } catch (error) {
    return { verdict: 'wrong', what: `${name} does not answer: ${(error as Error).message}`, fix };
  }
}

function line({ verdict, what, fix }: Finding): string {
  const signs = { ok: paint('green', '✓'), warning: paint('yellow', '!'), wrong: paint('red', '✗') };
  return `${signs[verdict]} ${what}${fix === undefined ? '' : `\n    ${fix}`}`;
}
