import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { variable } from '../../platform/environment/read.ts';
import { authServerCount, portTitle, services } from '../../supervisor/plan.ts';
import { choosePorts } from '../../supervisor/ports.ts';
import { postgresBinary } from '../../supervisor/postgres/files.ts';
import { checkServer } from '../../supervisor/postgres/server-version.ts';
import { portBase } from '../commands/up.ts';
import type { Finding } from './finding.ts';
import type { Finder } from './look.ts';

/** What Imara stands on: whether it runs or not. */

/** As `engines` in package.json says. */
const LEAST_NODE = { major: 22, minor: 19 };
const GIB = 2 ** 30;

export const node: Finder = {
  name: 'node',
  title: 'Node',
  async look() {
    const what = `Node ${process.version}`;
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    if (major > LEAST_NODE.major || (major === LEAST_NODE.major && minor >= LEAST_NODE.minor))
      return [{ name: 'node', severity: 'good', what }];
    const fix = `It takes ${LEAST_NODE.major}.${LEAST_NODE.minor} at least. In a clone, \`npx imara\` and \`npm start\` bring their own.`;
    return [{ name: 'node', severity: 'bad', what, fix }];
  },
};

export const directory: Finder = {
  name: 'home',
  title: 'the home of Imara',
  async look({ home: { directory } }) {
    try {
      await mkdir(directory, { recursive: true });
      await access(directory, constants.W_OK);
      const { bavail, bsize } = await statfs(directory);
      const free = (bavail * bsize) / GIB;
      const what = `${directory} is writable, ${free.toFixed(1)} GiB free`;
      if (free > 2) return [{ name: 'home', severity: 'good', what }];
      const fix = 'Free some space, or point IMARA_HOME at another disk.';
      return [{ name: 'home', severity: free > 0.5 ? 'note' : 'bad', what, fix }];
    } catch (error) {
      const what = `${directory} cannot be written`;
      const fix = 'Mend its permissions, or point IMARA_HOME at another directory.';
      return [{ name: 'home', severity: 'bad', what, why: (error as Error).message, fix }];
    }
  },
};

export const database: Finder = {
  name: 'database',
  title: 'PostgreSQL',
  async look({ timeoutMs }) {
    const url = variable('DATABASE_URL');
    try {
      if (url) await checkServer(url, timeoutMs);
      else await access(postgresBinary('postgres'), constants.X_OK);
      const what = url ? 'the PostgreSQL of DATABASE_URL answers' : 'PostgreSQL is installed';
      return [{ name: 'database', severity: 'good', what }];
    } catch (error) {
      const fix = url ? 'Correct DATABASE_URL, or unset it.' : 'Run `npm install` again.';
      return [{ name: 'database', severity: 'bad', what: (error as Error).message, fix }];
    }
  },
};

/** Those that a start would take; while Imara runs they are its own. */
export const ports: Finder = {
  name: 'ports',
  title: 'the ports',
  async look({ status }) {
    if (status.state !== 'down') return [];
    const { moved } = await choosePorts(portBase(variable('IMARA_PORT_BASE')), authServerCount(services));
    const down: Finding = {
      name: 'fleet',
      severity: 'note',
      what: 'Imara is down',
      fix: 'Start it with `npx imara up`.',
    };
    if (moved.length === 0) return [down, { name: 'ports', severity: 'good', what: 'all ports are free' }];
    const taken = moved.map(
      ({ name, wanted, given }): Finding => ({
        name: `ports.${name}`,
        severity: 'note',
        what: `port ${wanted} is taken: ${portTitle(name)} would listen on ${given}`,
        fix: 'Stop the other program, or set IMARA_PORT_BASE.',
      }),
    );
    return [down, ...taken];
  },
};
