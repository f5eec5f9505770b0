import { randomUUID } from 'node:crypto';
import type { Static, TSchema } from 'typebox';
import { Deadline, within } from '../platform/deadline.ts';
import { step } from '../rollout/instance/instance.ts';
import { defaultInstanceLimits } from '../rollout/instance/state.ts';
import { wireLimits } from '../rollout/protocol.ts';
import { verifyEd25519 } from '../rollout/signed/signature.ts';
import { openDisk } from './disk/disk.ts';
import { removeWill } from './disk/last-will.ts';
import { createCrowd } from './endings/crowd.ts';
import { endingNames } from './endings/names.ts';
import type { Agent, AgentOptions } from './options.ts';
import type { ShellPorts, Tried } from './shell/ports.ts';
import { createReceipts } from './shell/receipts.ts';
import { createShell } from './shell/shell.ts';
import { checked } from './shell/verify-statements.ts';
import { createLiveSwitch, type Serving } from './switch/live.ts';
import { createSwitching } from './switch/switching.ts';
import { defaultTasterLimits, tasteBoth } from './taster/taste.ts';
import { counterWriter, newSharedCounters } from './thread/counters.ts';
import { startLinkThread } from './thread/host.ts';
import { monotonicMs } from './thread/monotonic.ts';
import { LOOP_BEAT_MS } from './thread/watchdog.ts';

const CLOSE_MS = 2_000;

/**
 * The agent of one instance. Resolves when there is something to serve with: the proved-good release of its
 * own disk, or the built-in defaults; it asks nobody for that (R8). Rejects when not even the defaults can be
 * applied. Call `ready()` once the service serves. What it does then is in `shell/shell.ts`; this file gives
 * that shell its timers, files, sockets and threads, and decides nothing.
 */
export async function createAgent<Schema extends TSchema, Live>(
  options: AgentOptions<Schema, Live>,
): Promise<Agent<Schema, Live>> {
  const { schema: kind, environment, instance, directory, clock, log } = options;
  const limits = { ...defaultInstanceLimits, ...options.limits };
  const taster = { ...defaultTasterLimits, ...options.taste };
  const { store, outbox, will } = await openDisk(directory, clock, log);
  const shared = newSharedCounters();
  const counters = counterWriter(shared);
  const endings = endingNames(options.endings ?? {});
  const crowd = createCrowd();

  const retire = (live: Live): void => {
    try {
      options.retire?.(live);
    } catch (error) {
      // What is left behind of an old release must not stop the new one.
      log.error({ err: error }, 'a live object could not be retired');
    }
  };
  const lives = createLiveSwitch<Static<Schema>, Live>({
    retire,
    remembered: wireLimits.countsInReport,
  });
  const switching = createSwitching({
    kind,
    environment,
    defaults: options.defaults,
    lives,
    build: options.apply,
    retire,
    withinMs: limits.switchMs,
    outside: (hash, keys) =>
      log.error(
        { hash, keys },
        'it is served with values outside of the bounds of this version, as it was proved',
      ),
  });
  const ports: ShellPorts = {
    clock: { now: monotonicMs, epoch: () => clock.now(), after },
    disk: {
      memory: store.memory,
      will,
      outbox,
      save(memory, done) {
        const failed = (error: unknown) => {
          log.error({ err: error }, 'the memory could not be written');
          done(error);
        };
        store.save(memory).then(() => done(), failed);
      },
      removeWill: (done) => void removeWill(directory).then(() => done(), done),
    },
    verify: (envelope, terms, epochMs, done) => done(checked(envelope, terms, epochMs)),
    signature: verifyEd25519,
    taste({ purpose, release, wayBack }: Tried, done) {
      const calledOff = new AbortController();
      void tasteBoth(
        environment,
        { purpose, release: release.content, wayBack: wayBack?.content ?? options.defaults },
        taster,
        calledOff.signal,
      ).then(done);
      return () => calledOff.abort();
    },
    link: {
      view: (view) => link.view(view),
      tell: (message) => link.tell(message),
    },
    serve: {
      ...switching,
      settle: lives.settle,
      get current() {
        return lives.current;
      },
      get stretches() {
        return lives.stretches;
      },
    },
    counters,
    step,
    receipts: createReceipts,
    restart() {
      if (options.restart === undefined) process.kill(process.pid, 'SIGTERM');
      else options.restart();
    },
    log,
  };
  const shell = createShell(
    {
      kind,
      environment,
      instance,
      keys: () => options.control.trustedKeys,
      demands: options.demands,
      defaults: options.defaults,
      receipts: options.receipts,
      limits,
    },
    ports,
  );
  const link = startLinkThread(
    {
      control: { url: options.control.url, token: options.control.token },
      id: { service: kind.service, environment, instance, cell: options.cell ?? 'default' },
      boot: randomUUID(),
      fleetSize: options.fleetSize ?? 1,
      schemas: [kind.id],
      log: outbox.log,
      counters: shared,
      endings: endings.names,
      directory,
      blockedMs: options.blockedMs ?? 2_000,
    },
    {
      view: shell.view,
      pending: () => outbox.pending,
      message: shell.fromLink,
      ended: (reason) => log.error({ reason }, 'the link with control ended; it is started again'),
    },
  );
  const ticking = setInterval(shell.tick, LOOP_BEAT_MS).unref();

  try {
    await new Promise<void>((resolve, reject) => {
      shell.boot((error) => (error === undefined ? resolve() : reject(error)));
    });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    current: serving,
    ready() {
      shell.up();
      link.begin();
    },
    recordOutcome: (outcome, of = serving()) => counters.count(of.stretch, outcome),
    recordEnding({ of: what, kind }, from, of = serving()) {
      const name = endings.nameOf(what, kind);
      if (name === undefined || !crowd.counts(what, name, from, monotonicMs())) return;
      counters.countEnding(of.stretch, endings.indexOf(what));
      if (name !== what) counters.countEnding(of.stretch, endings.indexOf(name));
    },
    recordProbe(outcome, of = serving(), fault) {
      counters.countProbe(of.stretch, outcome);
      if (outcome !== 'good') shell.probeFailed(of.stretch, fault ?? outcome);
    },
    reportOverdue: counters.overdue,
    valueFailed: (path, cause, of = serving()) => shell.valueFailed(path, cause, of),
    status: () => shell.status,
    close,
  };

  function serving(): Serving<Static<Schema>, Live> {
    if (lives.current === undefined) throw new Error('the agent is not up yet');
    return lives.current;
  }

  async function close(): Promise<void> {
    clearInterval(ticking);
    shell.stop();
    await link.close();
    await within(
      Deadline.in(CLOSE_MS),
      'the disk',
      () => new Promise<void>((resolve) => shell.whenOnDisk(resolve)),
    ).catch((error: Error) => log.error({ err: error }, 'closed before all was on disk'));
  }
}

function after(ms: number, happen: () => void): { cancel(): void } {
  const timer = setTimeout(happen, ms);
  return { cancel: () => clearTimeout(timer) };
}
