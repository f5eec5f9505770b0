import { type Endings, endingName } from '../../src/rollout/gate/endings.ts';
import { BAD, type Bad, type Outcomes } from '../../src/rollout/gate/gate.ts';
import { poisson, random } from '../../src/rollout/gate/testdata/random.ts';
import { newRollout, step } from '../../src/rollout/machine/machine.ts';
import type { Beat, Before, Report, RolloutEvent, RolloutPolicy } from '../../src/rollout/machine/state.ts';
import { type Traffic, trafficOf, type Weather } from './traffic.ts';

/**
 * What a release does to the requests of an instance that has it: beside the usual, this part ends like this.
 */
export interface Effect {
  /** `refused`: by the caller's fault as it seems, so neither good nor bad. */
  readonly kind: Bad | 'refused';
  readonly part: number;
}

export interface Rolled {
  readonly ended: 'proved' | 'rolled_back';
  /** Of a roll-back. */
  readonly reason: string;
  /** From the first instance that served with it to the verdict. */
  readonly verdictMs: number;
  /** Live payments that ended badly on instances that had it, up to when all were back. */
  readonly failed: number;
}

export interface World {
  readonly policy: RolloutPolicy;
  readonly instances: number;
  readonly rps: number;
  /** To each instance, a second. */
  readonly probes: number;
  readonly weather: Weather;
  readonly effect: Effect | null;
  readonly seed: number;
}

const BEAT_MS = 250;
/** Verification, taste and switch: between this and twice as much. */
const TAKE_MS = 500;
const BEFORE_MS = 120_000;
const LONGEST_MS = 3_600_000;
const START = 1_700_000_000_000;
const NEW = 'sha256:new';
const OLD = 'sha256:old';
/** Of all requests these are refused, whatever the release: mistakes of many callers. */
const REFUSED: Readonly<Record<string, number>> = {
  invalid_field: 0.01,
  unknown_transaction: 0.02,
  wrong_credentials: 0.005,
};
/**
 * Now and then one app is wrong in each request for a while, at all instances that it meets: of its kind each
 * counts two a second.
 */
const EPISODES = { apartMs: 60_000, lastsMs: 20_000, metOn: 0.7 };
const NONE: Outcomes = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };

interface Server {
  readonly name: string;
  readonly index: number;
  /** Its beats come so much later than the first instance's. */
  readonly offsetMs: number;
  serves: string;
  /** When it carries out its order; 0: it has. */
  switchAt: number;
  switchTo: string;
  failedProbesInARow: number;
  probes: number;
}

/**
 * One rollout on a simulated clock: the real machine and gate, instances that obey, random
 * requests.
 */
export function rollOut(world: World): Rolled {
  const { policy, instances, rps, effect, seed } = world;
  const next = random(seed);
  const traffic: Traffic = trafficOf(world.weather, {
    rps,
    instances,
    lengthMs: LONGEST_MS,
    seed: seed ^ 0x5bd1e995,
  });
  const episodeAt = (at: number): boolean => {
    const within = (at + (seed % 60) * 1_000) % EPISODES.apartMs;
    return world.weather !== 'steady' && within < EPISODES.lastsMs;
  };
  const servers: Server[] = Array.from({ length: instances }, (_, index) => ({
    name: `api-${index + 1}`,
    index,
    offsetMs: next() * BEAT_MS,
    serves: OLD,
    switchAt: 0,
    switchTo: OLD,
    failedProbesInARow: 0,
    probes: next(),
  }));
  let now = START;
  let seq = 0;
  let failed = 0;
  let firstAt: number | undefined;
  let verdictAt: number | undefined;
  let state = newRollout({ id: 'r-1', hash: NEW, undoTo: OLD, author: 'wanjiru', policy });

  const send = (event: RolloutEvent): void => {
    const decided = step(state, event, now);
    state = decided.state;
    if (state.phase.at === 'rolling_back') verdictAt ??= now;
    for (const sent of decided.effects) {
      if (!('instance' in sent)) continue;
      const server = servers.find(({ name }) => name === sent.instance);
      if (server === undefined) continue;
      if (sent.type === 'prove') tell(server, { type: 'in_ring', rollout: 'r-1', hash: NEW });
      else if (sent.type === 'offer' && server.switchAt === 0) switchLater(server, NEW, TAKE_MS);
      else if (sent.type === 'undo') switchLater(server, OLD, BEAT_MS);
    }
  };
  const switchLater = (server: Server, to: string, ms: number): void => {
    server.switchTo = to;
    server.switchAt = now + ms * (1 + next());
  };
  const tell = (server: Server, message: (RolloutEvent & { type: 'claimed' })['message']): void =>
    send({ type: 'claimed', instance: server.name, seq: ++seq, message });

  // Not priced: what a rollout may cost is not asked here, and asking takes longer than many of them.
  const before = { rps: 0, probes: world.probes, deadlineMs: 5_000, lagMs: 1_000, maxWaitingPerInstance: 16 };
  send({
    type: 'submit',
    testing: [{ instance: 'test-1', cell: 'a' }],
    target: servers.map(({ name }) => ({ instance: name, cell: 'a' })),
    traffic: before,
  });
  const tallies = Object.fromEntries(servers.map((server) => [server.name, tallyBefore(server)]));
  send({ type: 'baseline', tallies, traffic: before });
  now = START + BEFORE_MS;
  send({ type: 'receipt', instance: 'test-1', passed: true, cause: '' });

  while (state.phase.at !== 'proved' && state.phase.at !== 'rolled_back') {
    if (now > START + LONGEST_MS) throw new Error(`seed ${seed}: it does not end (${state.phase.at})`);
    now += BEAT_MS;
    for (const server of servers) {
      if (server.switchAt === 0 || server.switchAt > now) continue;
      server.switchAt = 0;
      if (server.serves === server.switchTo) continue;
      server.serves = server.switchTo;
      server.failedProbesInARow = 0;
      if (server.serves === NEW) {
        firstAt ??= now;
        tell(server, { type: 'taken', rollout: 'r-1', hash: NEW, wayBack: OLD });
      } else tell(server, { type: 'back', rollout: 'r-1', from: NEW, hash: OLD });
    }
    const reports = servers.map(report);
    send({ type: 'beats', beats: servers.map(beat) });
    send({ type: 'outcomes', reports });
    send({ type: 'tick' });
  }
  return {
    ended: state.phase.at,
    reason: 'reason' in state.phase ? state.phase.reason : '',
    verdictMs: (verdictAt ?? now) - (firstAt ?? now),
    failed,
  };

  function tallyBefore({ index, offsetMs }: Server): Before {
    const seen = traffic.during(index, offsetMs, offsetMs + BEFORE_MS);
    const bad = poisson(next, seen.failing);
    const refused = Object.entries(REFUSED).map(
      ([kind, part]) => [endingName('request', kind), poisson(next, seen.requests * part)] as const,
    );
    return {
      good: Math.round(seen.requests + (world.probes * BEFORE_MS) / 1_000) - bad,
      bad,
      endings: { request: Math.round(seen.requests), ...Object.fromEntries(refused) },
    };
  }

  function report(server: Server): Report {
    const to = now - START + server.offsetMs;
    const { requests, failing } = traffic.during(server.index, to - BEAT_MS, to);
    const usual = Math.min(1, failing / Math.max(requests, Number.MIN_VALUE));
    const { live, endings } = liveOf(server, poisson(next, requests), usual);
    if (server.serves === NEW) for (const kind of BAD) failed += live[kind];
    server.probes += (world.probes * BEAT_MS) / 1_000;
    const due = Math.floor(server.probes);
    server.probes -= due;
    const probes = { ...NONE };
    for (let probe = 0; probe < due; probe++) {
      const ended = outcomeOf(server, usual);
      probes[ended] += 1;
      server.failedProbesInARow = ended === 'good' ? 0 : server.failedProbesInARow + 1;
    }
    return { instance: server.name, seq: ++seq, hash: server.serves, live, probes, endings };
  }

  function liveOf(server: Server, requests: number, usual: number): { live: Outcomes; endings: Endings } {
    const live = { ...NONE };
    const endings: Record<string, number> = {};
    const end = (kind?: string) => {
      for (const name of kind === undefined ? ['request'] : ['request', endingName('request', kind)])
        endings[name] = (endings[name] ?? 0) + 1;
    };
    for (let request = 0; request < requests; request++) {
      const kind = refusalOf(server);
      const ended = kind === undefined ? outcomeOf(server, usual) : undefined;
      if (kind !== undefined) end(kind);
      else if (ended === 'good' || ended === 'slow') end();
      if (ended !== undefined) live[ended] += 1;
      // A refusal of what would have been answered is a failed payment too.
      if (server.serves === NEW && kind === 'forbidden') failed += 1;
    }
    // A burst of one app, as an instance counts it.
    if (episodeAt(now) && next() < EPISODES.metOn / 2) end('wrong_credentials');
    return { live, endings };
  }

  function refusalOf({ serves }: Server): string | undefined {
    if (effect?.kind === 'refused' && serves === NEW && next() < effect.part) return 'forbidden';
    let pick = next();
    for (const [kind, part] of Object.entries(REFUSED)) {
      pick -= part;
      if (pick < 0) return kind;
    }
    return undefined;
  }

  function outcomeOf({ serves }: Server, usual: number): keyof Outcomes {
    if (effect !== null && effect.kind !== 'refused' && serves === NEW && next() < effect.part)
      return effect.kind;
    return next() < usual ? 'error' : 'good';
  }

  function beat(server: Server): Beat {
    const { failedProbesInARow } = server;
    const vitals = { stalledMs: 0, overdue: 0, overdueBudget: 5, failedProbesInARow };
    seq += 1;
    return { instance: server.name, seq, beat: seq, hash: server.serves, vitals };
  }
}
