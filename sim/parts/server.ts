import type { Receipts } from '../../src/agent/shell/receipts.ts';
import { shownOf } from '../../src/agent/shell/shown-release.ts';
import type { Release } from '../../src/config/release.ts';
import { classOf, type Endings, plusEndings } from '../../src/rollout/gate/endings.ts';
import type { Outcomes } from '../../src/rollout/gate/gate.ts';
import {
  type InstanceEffect,
  type InstanceEvent,
  type InstanceState,
  type Memory,
  NO_MEMORY,
  newInstance,
} from '../../src/rollout/instance/state.ts';
import {
  type AgentMessage,
  type ControlEvent,
  type Counts,
  type NumberedMessage,
  parseControlEvent,
  type Report,
  type ReportAnswer,
  wireLimits,
} from '../../src/rollout/protocol.ts';
import type { Terms } from '../../src/rollout/signed/envelope.ts';
import {
  type Signed,
  type Statement,
  signerOf as signerOfStatement,
} from '../../src/rollout/signed/signed.ts';
import type { Chance } from '../chance.ts';
import type { Behaviour } from '../events/behaviour.ts';
import type { See } from '../seen.ts';
import type { Settings } from '../settings.ts';
import type { Clock } from './clock.ts';
import type { Cores } from './cores.ts';
import { createDisk } from './disk.ts';
import { signerOf, verify } from './keys.ts';
import type { Network } from './network.ts';

export interface ServerOptions {
  readonly name: string;
  readonly environment: string;
  readonly cell: string;
  readonly terms: Terms;
  readonly clock: Clock;
  readonly chance: Chance;
  /** What is left to chance in how requests end that nobody here failed: numbers of its own. */
  readonly endings: Chance;
  readonly network: Network;
  readonly cores: Cores;
  readonly settings: Settings;
  readonly see: See;
  readonly behaviourOf: (hash: string | null) => Behaviour;
  /** What every release needs does not answer at the moment: no taste passes, whatever the release. */
  readonly outage: () => boolean;
  readonly controls: readonly string[];
  /** Hands a report to a control process; `answer` may be called once, much later or never. */
  readonly report: (control: string, report: Report, answer: (answer: Answer) => void) => void;
}

/** `leader`: where to turn instead. */
export type Answer = ReportAnswer | { readonly leader: string | undefined };

/** A request, and the callback of one that was taken: how each ended. */
function endingsOf(otherwise: string | undefined): Endings {
  const kind = otherwise === undefined ? {} : { [otherwise]: 1 };
  return otherwise !== undefined && classOf(otherwise) === 'request'
    ? { request: 1, ...kind }
    : { request: 1, callback: 1, ...kind };
}

/** What the watchdog leaves to the next process. */
type Will =
  | { type: 'undo'; rollout: string | null; from: string; to: string | null }
  | { type: 'lease_lost'; rollout: string; hash: string };

const NONE: Outcomes = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };
const REPORT_MS = 2_000;
const OVERDUE_BUDGET = 8;
const MOST_PENDING = 256;

/** A process, from its start to its end. What it schedules ends with it. */
interface Process {
  readonly boot: string;
  state: InstanceState;
  readonly events: InstanceEvent[];
  stepping: boolean;
  up: boolean;
  live: { hash: string | null; stretch: number; since: number; valueFailed: boolean } | undefined;
  stretches: Counts[];
  /** Each swap, taste and start overtakes the one before. */
  swap: number;
  taste: number;
  /** When the serving loop moved last; `stuck`: it never will again. */
  movedAt: number;
  stuck: boolean;
  /** The oldest that came while the loop was stuck. */
  undo: { at: number; will: Will } | undefined;
  servedAt: number;
  failedProbes: number;
  overdue: number;
  readonly receipts: Receipts;
  readonly beats: Map<number, number>;
}

/**
 * One server with its agent, disk, watchdog and traffic: the edge of the instance's core, on simulated
 * ground.
 */
export function createServer(options: ServerOptions) {
  const { name, environment, clock, chance, network, cores, settings, see, behaviourOf } = options;
  const disk = createDisk<Memory>(clock, chance, (memory) =>
    see({ type: 'on_disk', instance: name, memory }),
  );
  const outboxDisk = createDisk<{ log: string; lastSeq: number; pending: readonly NumberedMessage[] }>(
    clock,
    chance,
    () => undefined,
  );
  const skewMs = chance.between(-0.8, 0.8) * settings.clockSkewMs;
  const issue = {
    signer: signerOf(`key-of-${name}`),
    payments: settings.receiptPayments,
    validMs: settings.receiptMs,
  };
  let running: Process | undefined;
  let outbox = { log: `log-of-${name}`, lastSeq: 0, pending: [] as readonly NumberedMessage[] };
  let will: Will | undefined;
  let boots = 0;
  let nextBeat = 1;
  let slowness = 1;
  let lies = false;
  let gone = false;
  let at = options.controls[0] ?? '';

  const epoch = () => clock.now + skewMs;
  const behaviour = () => behaviourOf(running?.live?.hash ?? null);
  /** Happens unless the process has ended by then, or its loop is stuck. */
  const soon = (ms: number, happen: (process: Process) => void): void => {
    const mine = running;
    clock.after(ms, () => {
      if (mine !== undefined && mine === running && !mine.stuck) happen(mine);
    });
  };

  function start(): void {
    if (running !== undefined || gone) return;
    const memory = disk.read() ?? NO_MEMORY;
    boots += 1;
    const kept = outboxDisk.read();
    outbox = kept ?? { ...outbox, log: boots === 1 ? outbox.log : `${outbox.log}+`, lastSeq: 0, pending: [] };
    outbox = { ...outbox, lastSeq: Math.max(outbox.lastSeq, Math.round(epoch())) };
    const process: Process = {
      boot: `${name}-${boots}`,
      state: newInstance,
      events: [],
      stepping: false,
      up: false,
      live: undefined,
      stretches: [],
      swap: 0,
      taste: 0,
      movedAt: clock.now,
      stuck: false,
      undo: undefined,
      servedAt: clock.now,
      failedProbes: 0,
      overdue: 0,
      receipts: cores.receipts({ service: options.terms.service, environment, instance: name }, issue),
      beats: new Map(),
    };
    running = process;
    nextBeat = Math.max(nextBeat, Math.round(clock.now / 10));
    see({ type: 'booting', instance: name, memory });
    dispatch({ type: 'boot', memory });
    if (will?.type === 'undo') dispatch(will);
    if (will?.type === 'lease_lost') {
      tell(will);
      dispatch({ type: 'gave_up', rollout: will.rollout });
    }
    beat();
    awaitDisk(clock.now + settings.diskMs);
  }

  /**
   * A boot that is not on disk would not count, should this one crash (R9); a disk that hangs is not waited
   * for (R8).
   */
  function awaitDisk(until: number): void {
    if (!disk.idle && clock.now < until) {
      soon(10, () => awaitDisk(until));
      return;
    }
    soon(chance.between(20, 200) * slowness, (process) => {
      const { phase } = process.state;
      if (phase.at !== 'starting') return;
      const hash = phase.release?.hash ?? null;
      if (behaviourOf(hash).crashesAtBoot) return die();
      will = undefined;
      serveWith(process, hash, 'boot');
      process.up = true;
      dispatch({ type: 'up' });
      see({ type: 'up', instance: name });
    });
  }

  function dispatch(event: InstanceEvent): void {
    const process = running;
    if (process === undefined) return;
    process.events.push(event);
    if (process.stepping || process.stuck) return;
    process.stepping = true;
    for (let next = process.events.shift(); next !== undefined; next = process.events.shift()) {
      const { state, effects } = cores.instance(process.state, next, clock.now, settings.limits);
      const moved = state !== process.state;
      process.state = state;
      if (moved) {
        if (state.phase.at !== 'tasting') process.taste += 1;
        see({
          type: 'stepped',
          instance: name,
          state,
          undid: next.type === 'undo' ? next.from : null,
        });
      }
      for (const effect of effects) carryOut(process, effect);
      if (process !== running || process.stuck) break;
    }
    process.stepping = false;
  }

  function carryOut(process: Process, effect: InstanceEffect): void {
    switch (effect.type) {
      case 'start':
        process.swap += 1;
        if (process.up) awaitDisk(clock.now);
        break;
      case 'verify': {
        const { envelope } = effect;
        soon(chance.between(1, 5) * slowness, () => {
          const result = cores.checkOffer(envelope, options.terms, verify, epoch());
          const { order } = envelope.body;
          dispatch(
            result.ok
              ? { type: 'verified', offer: result.offer }
              : { type: 'rejected', order, cause: result.cause },
          );
        });
        break;
      }
      case 'taste':
        taste(process, effect.order, effect.release, effect.wayBack);
        break;
      case 'switch':
        swapTo(process, effect.to);
        break;
      case 'save': {
        const { hash } = effect;
        const mine = process;
        disk.write(effect.memory, (ok) => {
          if (hash === undefined || mine !== running) return;
          dispatch(ok ? { type: 'saved', hash } : { type: 'save_failed', hash, cause: 'the disk fails' });
        });
        break;
      }
      case 'restart':
        die();
        break;
      case 'tell':
        tell(effect.message);
        break;
      default:
        effect satisfies never;
    }
  }

  function taste(process: Process, order: number, release: Release, wayBack: Release | null): void {
    const mine = ++process.taste;
    const { taste: result } = behaviourOf(release.hash);
    if (result === 'hangs') return;
    soon(chance.between(50, 300) * slowness, () => {
      if (process.taste !== mine) return;
      const ok = result === 'passes' && !options.outage();
      see({ type: 'tasted', instance: name, hash: release.hash, wayBack: wayBack?.hash ?? null, ok });
      dispatch(ok ? { type: 'tasted', order } : { type: 'taste_failed', order, cause: 'it does not work' });
    });
  }

  function swapTo(process: Process, to: Release | null): void {
    const mine = ++process.swap;
    const hash = to?.hash ?? null;
    const leaving = behaviourOf(process.live?.hash ?? null);
    const coming = behaviourOf(hash);
    if (leaving.wayBackHangs || coming.switching === 'hangs') return;
    soon(chance.between(1, 30) * slowness, () => {
      if (process.swap !== mine) return;
      if (coming.switching === 'fails') {
        return dispatch({ type: 'switch_failed', hash, cause: 'it cannot be applied' });
      }
      serveWith(process, hash, 'switch');
      dispatch({ type: 'switched', hash });
    });
  }

  function serveWith(process: Process, hash: string | null, because: 'boot' | 'switch'): void {
    serve(process);
    const stretch = (process.live?.stretch ?? 0) + 1;
    process.live = { hash, stretch, since: clock.now, valueFailed: false };
    process.stretches = [{ hash, stretch, live: NONE, probes: NONE }, ...process.stretches].slice(
      0,
      wireLimits.countsInReport,
    );
    Object.assign(process, { failedProbes: 0, overdue: 0 });
    see({ type: 'serves', instance: name, hash, because });
  }

  /** The requests that ended since this was asked last. */
  function serve(process: Process): void {
    const seconds = (clock.now - process.servedAt) / 1_000;
    process.servedAt = clock.now;
    const { live } = process;
    const [current] = process.stretches;
    if (live === undefined || current === undefined || !process.up || process.stuck || seconds === 0) return;
    const ageMs = clock.now - live.since;
    let bad = 0;
    let overdue = 0;
    let endings: Endings = current.endings ?? {};
    const ended = (count: number, probe: boolean, sum: Outcomes): Outcomes => {
      const counts = { ...sum };
      for (let request = 0; request < count; request++) {
        const truth = behaviourOf(live.hash).outcome(chance, ageMs, probe);
        if (truth !== 'good') bad += 1;
        if (truth === 'deadline') overdue += 1;
        if (probe) process.failedProbes = truth === 'good' ? 0 : process.failedProbes + 1;
        const otherwise =
          probe || truth !== 'good' ? undefined : behaviourOf(live.hash).endsOtherwise(options.endings);
        if (!probe && truth === 'good')
          endings = plusEndings(endings, endingsOf(lies ? undefined : otherwise));
        // What is refused is neither good nor bad.
        if (lies || otherwise === undefined || classOf(otherwise) !== 'request')
          counts[lies ? 'good' : truth] += 1;
      }
      return counts;
    };
    const [requests, probes] = [
      chance.count(settings.rps * seconds),
      chance.count(settings.probesPerSecond * seconds),
    ];
    process.stretches[0] = {
      ...current,
      live: ended(requests, false, current.live),
      probes: ended(probes, true, current.probes),
      endings,
    };
    process.overdue = overdue;
    const count = requests + probes;
    if (count > 0) see({ type: 'requests_ended', instance: name, hash: live.hash, count, bad });
  }

  function tell(message: AgentMessage): void {
    const lastSeq = outbox.lastSeq + 1;
    const numbered = { seq: lastSeq, at: epoch(), message };
    outbox = { ...outbox, lastSeq, pending: [...outbox.pending, numbered].slice(-MOST_PENDING) };
    outboxDisk.write(outbox, () => undefined);
  }

  /** The link's loop: it runs beside the serving loop, and says what it sees of it. */
  function beat(): void {
    const process = running;
    if (process === undefined) return;
    serve(process);
    const number = nextBeat++;
    process.beats.set(number, clock.now);
    process.beats.delete(number - 512);
    let due = false;
    const again = (ms: number) => {
      if (due) return;
      due = true;
      clock.after(ms, () => process === running && beat());
    };
    if (!behaviour().cutsControl) {
      options.report(at, reportOf(process, number), (answer) => {
        if (process !== running) return;
        if ('acknowledged' in answer) {
          acknowledge(answer.acknowledged);
          again((answer.nextBeatMs ?? wireLimits.beatMs) * chance.between(0.9, 1) * Math.min(slowness, 3));
        } else {
          at = answer.leader ?? elsewhere();
          again(100);
        }
      });
    }
    clock.after(REPORT_MS, () => {
      if (due || process !== running) return;
      at = elsewhere();
      again(chance.between(20, 200));
    });
  }

  function elsewhere(): string {
    const { controls } = options;
    return controls[(controls.indexOf(at) + 1) % controls.length] ?? at;
  }

  function acknowledge(seq: number): void {
    const pending = outbox.pending.filter((message) => message.seq > seq);
    if (pending.length === outbox.pending.length) return;
    outbox = { ...outbox, pending };
    outboxDisk.write(outbox, () => undefined);
  }

  function reportOf(process: Process, number: number): Report {
    const { phase, good, memory } = process.state;
    const stalledMs = process.stuck ? clock.now - process.movedAt : 0;
    const well = { stalledMs: 0, overdue: 0, overdueBudget: OVERDUE_BUDGET, failedProbesInARow: 0 };
    return {
      kind: 'imara.report/1',
      service: options.terms.service,
      environment,
      instance: name,
      cell: options.cell,
      boot: process.boot,
      beat: number,
      schemas: [...options.terms.schemas],
      phase: phase.at,
      running: process.live?.hash ?? null,
      good: good?.hash ?? null,
      rollout: comingOf(process.state).rollout,
      order: memory.order,
      undone: [...memory.undoneRollouts],
      vitals: lies
        ? well
        : { ...well, stalledMs, overdue: process.overdue, failedProbesInARow: process.failedProbes },
      counts: process.stretches,
      log: outbox.log,
      messages: outbox.pending.slice(0, wireLimits.messagesInReport),
    };
  }

  function receive(data: string): void {
    const event = parseControlEvent(data);
    if (event === undefined || running === undefined || behaviour().cutsControl) return;
    take(event);
  }

  function take(event: ControlEvent): void {
    const process = running;
    if (process === undefined) return;
    const sentAt = event.type === 'renewal' ? process.beats.get(event.renewal.body.beat) : clock.now;
    if (sentAt === undefined) return;
    see({ type: 'received', instance: name, event, sentAt });
    if (process.stuck) {
      if (event.type === 'undo') process.undo ??= { at: clock.now, will: event };
      return;
    }
    serve(process);
    switch (event.type) {
      case 'offer':
        dispatch({ type: 'offered', envelope: event.envelope });
        break;
      case 'renewal': {
        const renewal = believed(event.renewal);
        if (renewal !== undefined) dispatch({ type: 'renewed', renewal, sentAt });
        break;
      }
      case 'proof': {
        const proof = believed(event.proof);
        const { live, probes } = process.stretches[0] ?? { live: NONE, probes: NONE };
        const outcomes = [...Object.values(live), ...Object.values(probes)].reduce((a, b) => a + b, 0);
        const signed = event.proof;
        if (proof !== undefined) dispatch({ type: 'proved', proof, signed, outcomes, epochMs: epoch() });
        break;
      }
      case 'undo':
        dispatch(event);
        break;
      case 'show': {
        process.receipts.signAgain();
        const shown = shownOf(process.state.memory.ring, event.hash);
        if (shown !== undefined && !outbox.pending.some(({ message }) => message.type === 'shown'))
          tell(shown);
        break;
      }
      default:
        event satisfies never;
    }
  }

  function believed<Body extends Statement & { instance: string }>(
    statement: Signed<Body>,
  ): Body | undefined {
    const signer = signerOfStatement(statement, options.terms.keys, verify);
    return signer?.role === 'control' && statement.body.instance === name ? statement.body : undefined;
  }

  /** The serving loop's turn, and the watchdog's look at it. */
  function tick(): void {
    const process = running;
    if (process === undefined) return;
    const { live } = process;
    const ageMs = live === undefined ? 0 : clock.now - live.since;
    const { crashesAfterMs, stallsAfterMs, valueFailsAfterMs } = behaviour();
    if (crashesAfterMs !== null && ageMs >= crashesAfterMs) {
      die();
      return;
    }
    if (stallsAfterMs !== null && ageMs >= stallsAfterMs) stick();
    if (process.stuck) {
      watchOver(process);
      return;
    }
    process.movedAt = clock.now;
    dispatch({ type: 'tick' });
    if (process !== running) return;
    if (live?.hash && valueFailsAfterMs !== null && ageMs >= valueFailsAfterMs && !live.valueFailed) {
      live.valueFailed = true;
      dispatch({ type: 'value_failed', hash: live.hash, key: 'auth.servers', cause: 'it does not answer' });
    }
    issueReceipt(process);
  }

  /**
   * What the agent's watchdog does: a stuck process that would have to move, or to undo, is ended; its will
   * is obeyed.
   */
  function watchOver({ state, undo, movedAt }: Process): void {
    const { phase } = state;
    const stuckMs = clock.now - movedAt;
    if (stuckMs >= settings.unhealthyMs) {
      die();
      return;
    }
    if (stuckMs < settings.blockedMs) return;
    const undoing = undo !== undefined && clock.now - undo.at >= settings.blockedMs;
    const moveBy =
      phase.at === 'lent' ? phase.lease.expiresAt : 'deadlineAt' in phase ? phase.deadlineAt : undefined;
    if (!undoing && (moveBy === undefined || clock.now < moveBy)) return;
    const { rollout, coming } = comingOf(state);
    const lost = rollout !== null && coming !== null;
    if (undoing) will = undo.will;
    else will = lost ? { type: 'lease_lost', rollout, hash: coming } : undefined;
    die();
  }

  function issueReceipt(process: Process): void {
    const { phase } = process.state;
    const { hash = null, stretch = 0 } = process.live ?? {};
    if (environment !== 'testing' || hash === null || (phase.at !== 'lent' && phase.at !== 'steady')) return;
    serve(process);
    const probes = process.stretches[0]?.probes ?? NONE;
    const receipt = process.receipts.next({ hash, stretch, lent: phase.at === 'lent', probes }, epoch());
    if (receipt === undefined) return;
    see({ type: 'receipt_signed', receipt: receipt.body });
    tell({ type: 'receipt', receipt });
  }

  function stick(): void {
    if (running === undefined || running.stuck) return;
    serve(running);
    running.stuck = true;
    see({ type: 'stopped_moving', instance: name });
  }

  /** The process ends; its supervisor starts another. */
  function die(power: 'on' | 'lost' = 'on'): void {
    if (running === undefined) return;
    serve(running);
    running = undefined;
    for (const each of [disk, outboxDisk]) {
      if (power === 'on') each.processDied();
      else each.powerLost();
    }
    see({ type: 'died', instance: name });
    clock.after(chance.between(100, 600), start);
  }

  return {
    name,
    environment,
    cell: options.cell,
    disk,
    outboxDisk,
    start,
    tick,
    receive,
    stick,
    die,
    take,
    /** The same name on another machine: nothing is known there. */
    replaceMachine(): void {
      die();
      disk.replaced();
      outboxDisk.replaced();
    },
    /** The machine is put back to a snapshot of its disk. */
    putDiskBack(): void {
      die();
      disk.putBack();
    },
    /** Drained and taken away for good. */
    leave(): void {
      gone = true;
      die();
    },
    /** R17: an order that control was given too, over the instance's own socket, whatever it has. */
    orderedHere(order: { rollout: string | null; from: string }): void {
      const process = running;
      if (process === undefined || process.stuck || process.state.phase.at === 'down') return;
      see({ type: 'undo_here', instance: name, from: order.from, to: null, again: true });
      dispatch({ type: 'undo', ...order, to: null });
      const { rollout, from } = order;
      tell({ type: 'undo_ordered_here', by: 'somebody', from, to: null, ...(rollout && { rollout }) });
    },
    /** Somebody at the machine orders it; no control is asked. */
    undoHere(): void {
      const process = running;
      const phase = process?.state.phase;
      const hash = process?.live?.hash;
      if (process === undefined || !hash || process.stuck || phase?.at === 'down') return;
      see({ type: 'undo_here', instance: name, from: hash, to: null });
      dispatch({ type: 'undo', rollout: null, from: hash, to: null });
      tell({ type: 'undo_ordered_here', by: 'somebody', from: hash, to: null });
    },
    set lying(value: boolean) {
      lies = value;
      if (value) see({ type: 'lies', instance: name });
    },
    set slowness(factor: number) {
      slowness = factor;
    },
    get gone() {
      return gone;
    },
    get state() {
      return running?.state;
    },
    get live() {
      return running?.up === true && !running.stuck ? running.live : undefined;
    },
    get hash() {
      return running?.live?.hash;
    },
    reaches: (control: string) => network.reaches(name, control),
  };
}

export type Server = ReturnType<typeof createServer>;

/** The release on its way in, or lent. */
function comingOf({ phase }: InstanceState): { rollout: string | null; coming: string | null } {
  const offer = phase.at === 'verifying' ? phase.envelope.body : 'offer' in phase ? phase.offer : undefined;
  return { rollout: offer?.rollout ?? null, coming: offer?.release.hash ?? null };
}
