import type { LastWill } from '../../../src/agent/disk/last-will.ts';
import { createOutbox } from '../../../src/agent/disk/report-outbox.ts';
import type { LocalUndo } from '../../../src/agent/local/socket.ts';
import type { ShellPorts } from '../../../src/agent/shell/ports.ts';
import { createShell } from '../../../src/agent/shell/shell.ts';
import { createLiveSwitch } from '../../../src/agent/switch/live.ts';
import { counterReader, counterWriter, newSharedCounters } from '../../../src/agent/thread/counters.ts';
import type { JsonObject } from '../../../src/config/canonical.ts';
import { type InstanceState, NO_MEMORY } from '../../../src/rollout/instance/state.ts';
import { type ControlEvent, wireLimits } from '../../../src/rollout/protocol.ts';
import { signerOf, verify } from '../keys.ts';
import { createRequests } from './requests.ts';
import type { Machine, ServerOptions } from './server.ts';
import { BUILT_IN, createServing } from './serving.ts';
import { createThread, type Thread } from './thread.ts';

/** A process, from its start to its end. What it scheduled ends with it. */
export interface Process {
  boot(): void;
  receive(event: ControlEvent): void;
  /** `again`: control was given the same order, and could not say that it is done. */
  order(order: LocalUndo, again: boolean): void;
  /** Returns what it leaves behind when it must be ended. */
  tick(): { will: LastWill | null } | undefined;
  /** Its serving loop never moves again. */
  stick(): void;
  end(): void;
  readonly state: InstanceState;
  readonly hash: string | null | undefined;
  /** What it serves with, if it moves. */
  readonly live: { readonly hash: string | null } | undefined;
  /** What it serves with cuts it from control. */
  readonly isCut: boolean;
}

/** The thread is started when the service serves, and no later than this. */
const LATEST_MS = 1_000;
const CRASHED = { will: null };
const NO_LOG = { info() {}, warn() {}, error() {}, fatal() {} };

/**
 * A process of a simulated server: the agent's own shell (`src/agent/shell/shell.ts`) over ports that take
 * simulated time, and requests that end as the release has it. Owns whether its serving loop is stuck. Woken
 * by the server. Nothing may reach the shell of a loop that is stuck, or of a process that has ended.
 */
export function startProcess(options: ServerOptions, machine: Machine, die: () => void): Process {
  const { name, environment, kind, clock, chance, cores, settings, see, behaviourOf } = options;
  const { disk, outboxDisk } = machine;
  const shared = newSharedCounters();
  const counters = counterWriter(shared);
  const reader = counterReader(shared);
  const lives = createLiveSwitch<JsonObject, undefined>({
    retire: () => undefined,
    remembered: wireLimits.countsInReport,
  });
  const requests = createRequests({ ...options, instance: name, counters, lies: machine.lies });
  const outbox = createOutbox(outboxDisk.read(), {
    now: () => Math.round(machine.epoch()),
    newLog: () => `log-of-${name}${'+'.repeat(machine.boots - 1)}`,
    put: (content, done) => outboxDisk.write(content, (ok) => moves() && done(ok ? undefined : FAILS)),
  });
  let thread: Thread | undefined;
  let isUp = false;
  let isStuck = false;
  let hasEnded = false;

  const moves = () => !isStuck && !hasEnded;
  const behaviour = () => behaviourOf(lives.current?.hash ?? null);
  const count = () => requests.end(isUp && moves() ? lives.current : undefined);
  const soon = (ms: number, happen: () => void) => clock.after(ms, () => moves() && happen());

  const serve = createServing({
    environment,
    lives,
    chance,
    slowness: machine.slowness,
    behaviourOf,
    isUp: () => isUp,
    soon,
    die,
    swapped(hash, because) {
      requests.begin();
      see({ type: 'serves', instance: name, hash, because });
    },
    beforeSwap: count,
  });
  const ports: ShellPorts = {
    clock: {
      now: () => clock.now,
      epoch: machine.epoch,
      after(ms, happen) {
        let isOff = false;
        soon(ms, () => isOff || happen());
        return {
          cancel() {
            isOff = true;
          },
        };
      },
    },
    disk: {
      memory: disk.read() ?? NO_MEMORY,
      will: machine.will,
      outbox,
      save: (memory, done) => disk.write(memory, (ok) => moves() && done(ok ? undefined : FAILS)),
      removeWill(done) {
        if (disk.health === 'hanging') return;
        if (disk.health === 'failing') return done(FAILS);
        machine.will = undefined;
        done();
      },
    },
    verify: (envelope, terms, _, done) =>
      soon(chance.between(1, 5) * machine.slowness(), () =>
        done(cores.checkOffer(envelope, terms, verify, machine.epoch())),
      ),
    signature: verify,
    taste({ release, wayBack }, done) {
      const { taste } = behaviourOf(release.hash);
      let isOff = false;
      if (taste !== 'hangs') {
        soon(chance.between(50, 300) * machine.slowness(), () => {
          if (isOff) return;
          const ok = taste === 'passes' && !options.outage();
          see({ type: 'tasted', instance: name, hash: release.hash, wayBack: wayBack?.hash ?? null, ok });
          done(ok ? { ok } : { ok, cause: 'it does not work' });
        });
      }
      return () => {
        isOff = true;
      };
    },
    link: {
      view: (view) => thread?.view(view),
      tell(message) {
        if (message.message.type === 'receipt')
          see({ type: 'receipt_signed', receipt: message.message.receipt.body });
        thread?.tell(message, shell.view());
      },
    },
    serve,
    counters,
    step(state, event, now, limits) {
      if (!moves()) return { state, effects: [] };
      const stepped = cores.instance(state, event, now, limits);
      const undid = event.type === 'undo' ? event.from : null;
      if (stepped.state !== state) see({ type: 'stepped', instance: name, state: stepped.state, undid });
      return stepped;
    },
    receipts: cores.receipts,
    restart: die,
    log: NO_LOG,
  };
  const signed = {
    signer: signerOf(`key-of-${name}`),
    payments: settings.receiptPayments,
    validMs: settings.receiptMs,
  };
  const shell = createShell(
    {
      kind,
      environment,
      instance: name,
      keys: () => options.keys,
      demands: options.demands,
      defaults: BUILT_IN,
      receipts: environment === 'testing' ? signed : undefined,
      limits: settings.limits,
    },
    ports,
  );

  function begin(): void {
    if (hasEnded) return;
    thread ??= createThread(
      {
        ...options,
        id: { service: kind.service, environment, instance: name, cell: options.cell },
        boot: `${name}-${machine.boots}`,
        schemas: [kind.id],
        log: outbox.log,
        counters: reader,
        blockedMs: settings.blockedMs,
        slowness: machine.slowness,
        isCut: () => behaviour().cutsControl,
        lies: machine.lies,
        count,
        toLoop: (message) => moves() && shell.fromLink(message),
      },
      { view: shell.view(), pending: outbox.pending },
    );
  }

  function stick(): void {
    if (!moves()) return;
    count();
    isStuck = true;
    see({ type: 'stopped_moving', instance: name });
  }

  return {
    boot() {
      clock.after(LATEST_MS, begin);
      shell.boot((error) => {
        if (error !== undefined) return die();
        isUp = true;
        shell.up();
        see({ type: 'up', instance: name });
        begin();
      });
    },
    receive(event) {
      const sentAt = thread?.sentAt(event);
      if (sentAt === undefined) return;
      see({ type: 'received', instance: name, event, sentAt });
      count();
      thread?.receive(event, sentAt);
    },
    order(order, again) {
      if (thread === undefined) return;
      const { from, to } = order;
      see({ type: 'undo_here', instance: name, from, to, ...(again && { again }) });
      thread.order(order);
    },
    tick() {
      const { crashesAfterMs, stallsAfterMs, valueFailsAfterMs } = behaviour();
      const ageMs = lives.current === undefined ? 0 : requests.ageMs;
      if (crashesAfterMs !== null && ageMs >= crashesAfterMs) return CRASHED;
      if (stallsAfterMs !== null && ageMs >= stallsAfterMs) stick();
      if (isStuck) {
        // The supervisor asks whether it answers.
        const stuckMs = clock.now - reader.beatAt;
        return stuckMs >= settings.unhealthyMs ? CRASHED : thread?.mustEnd();
      }
      const { current } = lives;
      if (environment === 'testing') count();
      if (current && valueFailsAfterMs !== null && ageMs >= valueFailsAfterMs)
        shell.valueFailed(['auth', 'servers'], 'it does not answer', current);
      shell.tick();
      return undefined;
    },
    stick,
    end() {
      count();
      hasEnded = true;
      thread?.end();
    },
    get state() {
      return shell.state;
    },
    get hash() {
      return lives.current?.hash;
    },
    get live() {
      return isUp && moves() ? lives.current : undefined;
    },
    get isCut() {
      return behaviour().cutsControl;
    },
  };
}

const FAILS = new Error('the disk fails');
