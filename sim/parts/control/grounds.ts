import type { Release } from '../../../src/config/release.ts';
import type { ElectionStore } from '../../../src/control/leader/election.ts';
import type { LeaderStore } from '../../../src/control/leader/ports.ts';
import { createLeaderStore as sqlLeaderStore } from '../../../src/control/leader/sql/leader-store.ts';
import { electionStore } from '../../../src/control/leader/sql/term.ts';
import { insertFreeze } from '../../../src/control/store/freezes.ts';
import { type InstanceRow, writeInstances } from '../../../src/control/store/instances.ts';
import { insertSigned } from '../../../src/control/store/releases.ts';
import { insertRollout, setCurrent } from '../../../src/control/store/rollouts.ts';
import type { Freeze, RolloutState } from '../../../src/rollout/machine/state.ts';
import { sign } from '../../../src/rollout/signed/signed.ts';
import { controlDatabase } from '../../../test/control/store.ts';
import { realCores } from '../cores.ts';
import { signerOf, trusted, verify } from '../keys.ts';
import { createLeaderStore, through } from './leader-store.ts';
import { createStore } from './store.ts';

/** The two stores of a leader, put to the same state: PostgreSQL, and the simulated one. */
export const SERVICE = 'platform';
export const NOW = Date.now();
export const signer = signerOf('key-of-control');
export const keys = [trusted('control', 'control')];

export interface Ground {
  readonly leader: LeaderStore;
  readonly election: ElectionStore;
  insert(state: RolloutState, release: Release, now: number): Promise<void>;
  current(id: string): Promise<void>;
  heard(rows: readonly InstanceRow[]): Promise<void>;
  freeze(freeze: Freeze): Promise<void>;
  /** The leader's row is what it was when this fence was given, and its term is long over. */
  putBack(fence: number): Promise<void>;
}

const { database } = await controlDatabase();

export async function inPostgres(): Promise<Ground> {
  await database.query(`truncate control.release, control.rollout, control.service, control.approval, control.receipt,
    control.assignment, control.instance, control.agent_log, control.command, control.freeze, control.judgement,
    control.journal cascade`);
  await database.query(`select setval('control.assignment_order', 1, false)`);
  await database.query(`update control.epoch set epoch = 1`);
  await database.query(`update control.leader set holder = 'nobody', expires_at = '-infinity'`);
  return {
    leader: sqlLeaderStore({ database, keys: () => keys, verify }),
    election: electionStore(database),
    async insert(state, release, now) {
      await insertSigned(database, sign({ kind: 'imara.release/1', ...release }, signer));
      await insertRollout(database, { state, service: SERVICE, sequence: release.sequence, now });
    },
    current: (id) => setCurrent(database, SERVICE, id),
    heard: (rows) => writeInstances(database, rows),
    async freeze(freeze) {
      await insertFreeze(database, { ...freeze, reason: 'a test', person: 'amina' });
    },
    async putBack(fence) {
      const text = `update control.leader set holder = 'a', fence = $1, expires_at = '-infinity'`;
      await database.query(text, [fence]);
    },
  };
}

export async function simulated(): Promise<Ground> {
  let at = NOW;
  const store = createStore(() => at);
  const { ofLeader, ofElection } = createLeaderStore(store, {
    service: SERVICE,
    cores: realCores,
    now: () => Date.now(),
  });
  return {
    leader: through<LeaderStore>(ofLeader, atOnce),
    election: through<ElectionStore>(ofElection, atOnce),
    async insert(state, release, now) {
      at = now;
      store.insert(state, release);
    },
    async current(id) {
      store.current = id;
    },
    heard: async (rows) => store.heard(rows),
    async freeze(freeze) {
      store.freezes = [...store.freezes, freeze];
    },
    async putBack(fence) {
      store.leader = { holder: 'a', url: '', fence, until: Number.NEGATIVE_INFINITY };
    },
  };
}

export const atOnce = async (what: () => unknown) => what();
