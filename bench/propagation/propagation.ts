import type { ChildProcess } from 'node:child_process';

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetch } from 'undici';
import { newToken, putOperator, type Role } from '../../src/control/operators.ts';
import { type Database, openDatabase } from '../../src/platform/database/database.ts';
import { migrate } from '../../src/platform/database/migrate.ts';
import { newId } from '../../src/platform/ids.ts';
import { newKeyPair } from '../../src/rollout/signed/signature.ts';
import type { TrustedKey } from '../../src/rollout/signed/signed.ts';
import { startPostgres } from '../../src/supervisor/postgres/postgres.ts';
import { until } from '../../test/until.ts';
import { nextMessage } from '../children.ts';
import { type Bench, type Figure, median, quantile } from '../report.ts';
import { endChild, startChild } from './children.ts';
import { etcdFanOut } from './etcd.ts';
import {
  type AgentsStart,
  CONTROL_KEY,
  type ControlStart,
  type Switched,
  TESTING_INSTANCE,
} from './parties.ts';

const AGENTS = 1_000;
const PROCESSES = 2;
const REACH_MS = 1_000;
const DEADLINE_MS = 60_000;
const migrations = new URL('../../src/control/migrations', import.meta.url).pathname;

/**
 * A release to a thousand agents in one wave, and back: a real control process on a real PostgreSQL, the real
 * protocol on real sockets. Beside it a bare etcd with as many watchers. A round a second asked for.
 */
export const propagation: Bench = async ({ seconds, log }) => {
  const rounds = Math.max(1, Math.round(seconds));
  const directory = await mkdtemp(join(tmpdir(), 'imara-bench-'));
  const postgres = await startPostgres({ directory, port: 0 });
  const database = openDatabase({ url: postgres.url(), name: 'bench', maxConnections: 2 });
  const children: ChildProcess[] = [];
  try {
    await migrate(database, [{ part: 'control', directory: migrations }]);
    const world = await startWorld(database, postgres.url(), children);
    log(`${AGENTS} agents report; ${rounds} rounds`);
    // The first round warms the code of all processes and is not counted.
    await world.round(0);
    const first: number[] = [];
    const applied: number[] = [];
    const known: number[] = [];
    const back: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const measured = await world.round(round);
      first.push(Math.min(...measured.applied));
      applied.push(...measured.applied);
      known.push(...measured.known);
      back.push(...measured.back);
      log(
        `round ${round}: applied ${first.at(-1)} to ${p99(measured.applied)} ms, known ${p99(measured.known)} ms, back ${p99(measured.back)} ms`,
      );
    }
    for (const child of children.splice(0)) await endChild(child);
    const etcd = await etcdFanOut({
      watchers: AGENTS,
      processes: PROCESSES,
      rounds,
      bytes: await world.offerBytes(),
    });
    if (etcd !== undefined) log(`etcd: ${p99(etcd)} ms`);
    return {
      bench: `propagation: ${AGENTS} agents, one wave`,
      figures: [
        { what: 'offered → applied by the first, median', value: median(first), unit: 'ms' },
        ...figuresOf('offered → applied', applied, REACH_MS),
        ...figuresOf('offered → control has it in writing', known),
        ...figuresOf('undo command → back', back, REACH_MS),
        ...(etcd === undefined ? [] : figuresOf('etcd: put → seen by a watcher', etcd)),
        ...(etcd === undefined
          ? []
          : [{ what: 'applied ÷ etcd’s watch, p99', value: p99(applied) / p99(etcd), unit: '×' }]),
      ],
      notes: [
        `${rounds} rounds; agents in ${PROCESSES} processes, control and PostgreSQL on the same machine`,
        'offered: the turn of the leader that decides it begins; so its transaction and the signatures are in it',
        'undo: its HTTP request is begun',
        'agents: the real shell and link; signatures checked, shared ones once a process; the form of events unchecked; no taster, server or disk',
        etcd === undefined
          ? 'no etcd on this machine (Debian: etcd-server), so nothing to compare with'
          : 'etcd: one node, JSON gateway, a value as long as the release; nothing signed, checked or answered',
      ],
    };
  } finally {
    await Promise.all(children.map(endChild));
    await database.end();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
};

async function startWorld(database: Database, databaseUrl: string, children: ChildProcess[]) {
  const controlKey = newKeyPair();
  const testing = newKeyPair();
  const keys: TrustedKey[] = [
    { id: CONTROL_KEY, publicKey: controlKey.publicKey, role: 'control', owner: 'control' },
    {
      id: `key-of-${TESTING_INSTANCE}`,
      publicKey: testing.publicKey,
      role: 'instance',
      owner: TESTING_INSTANCE,
      environment: 'testing',
    },
  ];
  const operator = async (name: string, role: Role): Promise<string> => {
    const token = newToken();
    await putOperator(database, { name, role, token });
    return token;
  };
  const editor = await operator('wanjiru', 'editor');
  const approver = await operator('amina', 'approver');
  const agentToken = newToken();

  const start: ControlStart = {
    databaseUrl,
    privateKey: controlKey.privateKey,
    keys,
    agentToken,
    agents: AGENTS,
  };
  const control = startChild('control.ts', start);
  children.push(control);
  const { url } = await nextMessage<{ url: string }>(control, 'control');
  await until('control leads', async () => (await fetch(`${url}/leader`)).ok, { deadlineMs: 20_000 });

  const switchedAt = new Map<string | null, number[]>();
  for (let index = 0; index < PROCESSES; index++) {
    const count = AGENTS / PROCESSES;
    const instances = Array.from({ length: count }, (_, at) => `api-${index * count + at + 1}`);
    const agents: AgentsStart = {
      url,
      token: agentToken,
      keys,
      fleetSize: AGENTS,
      instances,
      testing: index === 0 ? testing.privateKey : null,
    };
    const child = startChild('agents.ts', agents);
    child.on('message', ({ hash, at }: Switched) => {
      switchedAt.set(hash, [...(switchedAt.get(hash) ?? []), ...at]);
    });
    children.push(child);
  }

  const call = async (method: string, path: string, token: string, body?: object) => {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': newId() }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  await until(
    'all agents report',
    async () => {
      const { instances } = await call('GET', '/fleet', editor);
      return instances.length === AGENTS + 1;
    },
    { deadlineMs: DEADLINE_MS },
  );

  async function allSwitched(hash: string | null): Promise<number[]> {
    await until(`all serve with ${hash}`, () => switchedAt.get(hash)?.length === AGENTS, {
      deadlineMs: DEADLINE_MS,
    });
    return switchedAt.get(hash) ?? [];
  }
  const reaches = (rollout: string, phase: string) =>
    until(
      `${rollout} is ${phase}`,
      async () => {
        const { rows } = await database.query('select phase from control.rollout where id = $1', [rollout]);
        return rows[0]?.phase === phase;
      },
      { deadlineMs: DEADLINE_MS },
    );
  /** Control's own times of entries about a rollout. */
  async function journal(rollout: string, kind: string, data: object): Promise<number[]> {
    const { rows } = await database.query<{ at: Date }>(
      'select at from control.journal where subject = $1 and kind = $2 and data::jsonb @> $3::jsonb',
      [rollout, kind, JSON.stringify(data)],
    );
    return rows.map(({ at }) => at.getTime());
  }

  return {
    async offerBytes(): Promise<number> {
      const { rows } = await database.query<{ bytes: number }>(
        'select max(length(signed::text)) as bytes from control.release',
      );
      return rows[0]?.bytes ?? 0;
    },
    /** There and back: how long each agent took, ms. */
    async round(number: number): Promise<{ applied: number[]; known: number[]; back: number[] }> {
      switchedAt.clear();
      const pushed = await call('POST', '/releases', editor, {
        change: { limit: 100 + number },
        reason: 'a better limit',
      });
      const { id, hash } = { id: pushed.rollout.id, hash: pushed.release.hash };
      await call('POST', `/rollouts/${id}/approve`, approver, {});
      const appliedAt = await allSwitched(hash);
      const [offeredAt = Number.NaN] = await journal(id, 'rollout.phase', { to: 'bake' });
      const taken = () => journal(id, 'agent.taken', { hash });
      // The testing instance takes it too, before.
      await until('control knows', async () => (await taken()).length > AGENTS, { deadlineMs: DEADLINE_MS });
      const knownAt = (await taken()).filter((at) => at >= offeredAt);
      const undoneAt = Date.now();
      const [backAt] = await Promise.all([
        allSwitched(null),
        call('POST', '/undo', editor, { rollout: id, reason: 'measured' }),
      ]);
      await reaches(id, 'rolled_back');
      if (backAt.some((at) => at < undoneAt)) throw new Error(`${id} went back before it was told to`);
      return {
        applied: appliedAt.map((at) => at - offeredAt),
        known: knownAt.map((at) => at - offeredAt),
        back: backAt.map((at) => at - undoneAt),
      };
    },
  };
}

function p99(values: readonly number[]): number {
  return quantile(values, 0.99);
}

function figuresOf(what: string, values: readonly number[], mostMs?: number): Figure[] {
  return [
    { what: `${what}, median`, value: median(values), unit: 'ms' },
    {
      what: `${what}, p99`,
      value: p99(values),
      unit: 'ms',
      ...(mostMs === undefined ? {} : { reach: { at: 'most' as const, value: mostMs } }),
    },
  ];
}
