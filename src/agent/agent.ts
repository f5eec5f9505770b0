import { randomUUID } from 'node:crypto';
import type { Static, TSchema } from 'typebox';
import type { JsonObject } from '../config/canonical.ts';
import { documentFor } from '../config/overlay.ts';
import { pathText } from '../config/path.ts';
import { isHarmless } from '../config/switches.ts';
import { Deadline, within } from '../platform/deadline.ts';
import { defaultInstanceLimits, type InstanceEffect, type InstanceState } from '../rollout/instance/state.ts';
import { type AgentMessage, type ControlEvent, wireLimits } from '../rollout/protocol.ts';
import { openDisk } from './disk/disk.ts';
import { removeWill } from './disk/last-will.ts';
import { createCrowd } from './endings/crowd.ts';
import { endingNames } from './endings/names.ts';
import type { LocalUndo } from './local/socket.ts';
import type { Agent, AgentOptions } from './options.ts';
import { createReceipts } from './shell/receipts.ts';
import { createRunner } from './shell/runner.ts';
import { createSaver } from './saver.ts';
import { shownOf } from './shell/shown-release.ts';
import { createLiveSwitch, type Serving } from './switch/live.ts';
import { createSwitching, messageOf } from './switch/switching.ts';
import { defaultTasterLimits, tasteBoth } from './taster/taste.ts';
import { counterWriter, newSharedCounters } from './thread/counters.ts';
import { startLinkThread } from './thread/host.ts';
import type { FromLink } from './thread/messages.ts';
import { monotonicMs } from './thread/monotonic.ts';
import { LOOP_BEAT_MS } from './thread/watchdog.ts';
import { isUnchanged } from './shell/unchanged.ts';
import { checked, termsOf, verified } from './shell/verify-statements.ts';
import { moveBy, viewOf } from './shell/view.ts';

/** How long a boot waits for its own disk (R8: a disk that hangs keeps nobody from serving). */
const DISK_MS = 2_000;
const CLOSE_MS = 2_000;
/** Failures of values that are told of one stretch; what fails, fails with every request. */
const MOST_TOLD_FAILURES = 16;

/**
 * The agent of one instance. Resolves when there is something to serve with: the proved-good release of its
 * own disk, or the built-in defaults; it asks nobody for that (R8). Rejects when not even the defaults can be
 * applied. Call `ready()` once the service serves. What it does then is decided by the core
 * (`rollout/instance/instance.ts`); this is its edge.
 */
export async function createAgent<Schema extends TSchema, Live>(
  options: AgentOptions<Schema, Live>,
): Promise<Agent<Schema, Live>> {
  const { schema: kind, environment, instance, directory, clock, log } = options;
  const limits = { ...defaultInstanceLimits, ...options.limits };
  // Each time: keys of a control plane or a testing instance may come after this process has started.
  const terms = () => termsOf(options, limits, served);
  const taster = { ...defaultTasterLimits, ...options.taste };
  const { store, outbox, will } = await openDisk(directory, clock, log);
  const shared = newSharedCounters();
  const counters = counterWriter(shared);
  const endings = endingNames(options.endings ?? {});
  const crowd = createCrowd();
  const connected = { stream: false, report: false };
  let underWay = false;
  const toldFailures = new Set<string>();
  let tasting = new AbortController();
  let shownView = '';
  /**
   * Hash of the last release that only switches off what was served: one payment, or what is left of one,
   * tries it.
   */
  let briefly: string | undefined;
  let probeFault: { stretch: number; text: string } | undefined;

  const lives = createLiveSwitch<Static<Schema>, Live>({
    build: options.apply,
    retire(live) {
      try {
        options.retire?.(live);
      } catch (error) {
        // What is left behind of an old release must not stop the new one.
        log.error({ err: error }, 'a live object could not be retired');
      }
    },
    remembered: wireLimits.countsInReport,
  });
  const receipts =
    options.receipts && createReceipts({ service: kind.service, environment, instance }, options.receipts);
  const runner = createRunner({ limits, now: monotonicMs, carryOut, changed });
  const saver = createSaver(store, {
    saved: (hash) => runner.dispatch({ type: 'saved', hash }),
    failed(error, hash) {
      log.error({ err: error }, 'the memory could not be written');
      if (hash !== undefined) runner.dispatch({ type: 'save_failed', hash, cause: messageOf(error) });
    },
  });
  const switching = createSwitching({
    kind,
    environment,
    defaults: options.defaults,
    lives,
    withinMs: limits.switchMs,
    outside: (hash, keys) =>
      log.error(
        { hash, keys },
        'it is served with values outside of the bounds of this version, as it was proved',
      ),
    swapped() {
      if (lives.current !== undefined) counters.begin(lives.current.stretch);
      toldFailures.clear();
    },
    dispatch: runner.dispatch,
  });
  counters.beat(monotonicMs());
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
      view: () => viewOf(runner.state, lives),
      pending: () => outbox.pending,
      message: fromLink,
      ended: (reason) => log.error({ reason }, 'the link with control ended; it is started again'),
    },
  );
  const ticking = setInterval(() => {
    counters.beat(monotonicMs());
    runner.dispatch({ type: 'tick' });
    issueReceipt();
  }, LOOP_BEAT_MS).unref();

  try {
    await boot();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    current: serving,
    ready() {
      runner.dispatch({ type: 'up' });
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
      if (outcome !== 'good') probeFault = { stretch: of.stretch, text: fault ?? outcome };
    },
    reportOverdue: counters.overdue,
    valueFailed(path, cause, { hash, stretch, document } = serving()) {
      const key = pathText(path);
      const failure = `${stretch} ${key}`;
      if (toldFailures.has(failure) || toldFailures.size >= MOST_TOLD_FAILURES) return;
      toldFailures.add(failure);
      log.error({ hash, key, cause }, 'a value does not work');
      // What is built in can be left for nothing, so that is for people to hear.
      if (hash === null) return;
      const unchanged = isUnchanged(served(), document, path);
      runner.dispatch({ type: 'value_failed', hash, key, cause, unchanged });
    },
    status() {
      const { phase, running, good } = viewOf(runner.state, lives);
      const changing = underWay || (phase !== 'steady' && phase !== 'starting');
      const receiptDue = receipts?.due ?? false;
      const brief = running !== null && running === briefly;
      return { phase, running, good, changing, receiptDue, brief, connected: { ...connected } };
    },
    close,
  };

  /** What is proved here, as this environment sees it. */
  function served(): JsonObject {
    return documentFor(runner.state.good?.content ?? options.defaults, environment);
  }

  function serving(): Serving<Static<Schema>, Live> {
    if (lives.current === undefined) throw new Error('the agent is not up yet');
    return lives.current;
  }

  async function boot(): Promise<void> {
    runner.dispatch({ type: 'boot', memory: store.memory });
    if (will?.type === 'undo') {
      const { by, order, ...undo } = will;
      if (by !== null) tellOrdered({ ...undo, by, ...(order === undefined ? {} : { order }) });
      runner.dispatch(undo);
    }
    if (will?.type === 'lease_lost') {
      tell(will);
      // So that an offer of it that is on its way is not taken up. Nobody ordered an undo, so it is not
      // remembered as one.
      runner.dispatch({ type: 'gave_up', rollout: will.rollout });
    }
    for (;;) {
      // A boot that is not on disk would not count, and not be told of, should this one crash (R9).
      await within(Deadline.in(DISK_MS), 'the disk', () =>
        Promise.all([saver.idle(), outbox.flushed()]),
      ).catch((error: Error) => log.error({ err: error }, 'booting without waiting for the disk any longer'));
      const { phase } = runner.state;
      if (phase.at !== 'starting') throw new Error(`a boot in phase ${phase.at}`);
      try {
        if ((await switching.startWith(phase.release)) === 'started') break;
      } catch (error) {
        log.error({ err: error, release: phase.release?.hash ?? null }, 'could not start with this release');
        if (phase.release === null) throw error;
        runner.dispatch({ type: 'boot', memory: runner.state.memory });
      }
    }
    if (will !== undefined) await removeWill(directory);
  }

  function carryOut(effect: InstanceEffect): void {
    switch (effect.type) {
      case 'start':
        switching.overtake();
        break;
      case 'verify': {
        const result = checked(effect.envelope, terms(), clock.now());
        const { order } = effect.envelope.body;
        runner.dispatch(
          result.ok
            ? { type: 'verified', offer: result.offer }
            : { type: 'rejected', order, cause: result.cause },
        );
        break;
      }
      case 'taste':
        void tasteOffer(effect);
        break;
      case 'switch':
        switching.switchTo(effect.to);
        break;
      case 'save':
        saver.save(effect.memory, effect.hash);
        break;
      case 'restart':
        log.fatal('the way back hangs: this process ends, the next one starts with what was proved');
        if (options.restart === undefined) process.kill(process.pid, 'SIGTERM');
        else options.restart();
        break;
      case 'tell':
        log.info(effect.message, 'release');
        tell(effect.message);
        break;
      default:
        effect satisfies never;
    }
  }

  async function tasteOffer({ order, release, wayBack }: InstanceEffect & { type: 'taste' }): Promise<void> {
    tasting = new AbortController();
    const purpose = isHarmless(kind, served(), documentFor(release.content, environment))
      ? 'switch'
      : 'release';
    if (purpose === 'switch') briefly = release.hash;
    const tasted = await tasteBoth(
      environment,
      { purpose, release: release.content, wayBack: wayBack?.content ?? options.defaults },
      taster,
      tasting.signal,
    );
    if (tasted.ok) {
      const { warnings } = tasted;
      return runner.dispatch({ type: 'tasted', order, ...(warnings && { warnings }) });
    }
    const { ok: _, ...reason } = tasted;
    runner.dispatch({ type: 'taste_failed', order, ...reason });
  }

  function changed(state: InstanceState): void {
    const { phase } = state;
    if (phase.at !== 'tasting') tasting.abort();
    if (phase.at === 'steady') lives.settle();
    counters.moveBy(moveBy(phase));
    const view = viewOf(state, lives);
    const text = JSON.stringify(view);
    if (text === shownView) return;
    shownView = text;
    link.view(view);
  }

  function tell(message: AgentMessage): void {
    link.tell(outbox.add(message));
  }

  /** For control: who ordered what here. */
  function tellOrdered({ by, from, to, rollout, order }: LocalUndo): void {
    const names = { ...(rollout && { rollout }), ...(order === undefined ? {} : { order }) };
    tell({ type: 'undo_ordered_here', by, from, to, ...names });
  }

  function fromLink(message: FromLink): void {
    switch (message.type) {
      case 'event':
        fromControl(message.event, message.sentAt);
        counters.handled();
        break;
      case 'order': {
        const { type: _, ...order } = message;
        log.warn(order, 'undo ordered over the local socket');
        runner.dispatch({ type: 'undo', rollout: order.rollout ?? null, from: order.from, to: order.to });
        tellOrdered(order);
        counters.handled();
        break;
      }
      case 'acknowledged':
        outbox.acknowledge(message.seq);
        break;
      case 'under_way':
        underWay = message.underWay;
        break;
      case 'contact':
        // What control said last is old news by then.
        if (message.part === 'report' && !message.ok) underWay = false;
        log.info(message, 'contact with control');
        connected[message.part] = message.ok;
        break;
      case 'note':
        log.warn(message.text);
        break;
      default:
        message satisfies never;
    }
  }

  function fromControl(event: ControlEvent, sentAt: number): void {
    switch (event.type) {
      case 'offer':
        runner.dispatch({ type: 'offered', envelope: event.envelope });
        break;
      case 'renewal': {
        const renewal = verified(event.renewal, terms());
        if (renewal !== undefined) runner.dispatch({ type: 'renewed', renewal, sentAt });
        break;
      }
      case 'proof': {
        const proof = verified(event.proof, terms());
        // Said again by control to an instance that only boots: there is nothing to prove yet.
        if (proof === undefined || lives.current === undefined) break;
        const { live, probes } = counters.totals(lives.current.stretch);
        const outcomes = [...Object.values(live), ...Object.values(probes)].reduce((a, b) => a + b, 0);
        runner.dispatch({ type: 'proved', proof, signed: event.proof, outcomes, epochMs: clock.now() });
        break;
      }
      case 'undo':
        runner.dispatch(event);
        break;
      case 'show':
        show(event.hash);
        break;
      default:
        event satisfies never;
    }
  }

  /**
   * Not by way of the log: a release holds secrets. One at a time, because two would be too much for a
   * report.
   */
  function show(hash: string): void {
    receipts?.signAgain();
    const message = shownOf(runner.state.memory.ring, hash);
    const waits = outbox.pending.some((pending) => pending.message.type === 'shown');
    if (message !== undefined && !waits) tell(message);
  }

  function issueReceipt(): void {
    const { at } = runner.state.phase;
    const { hash = null, stretch = 0 } = lives.current ?? {};
    if (receipts === undefined || hash === null || (at !== 'lent' && at !== 'steady')) return;
    const { probes } = counters.totals(stretch);
    const enough = hash === briefly ? 1 : undefined;
    const fault = probeFault?.stretch === stretch ? probeFault.text : undefined;
    const receipt = receipts.next({ hash, stretch, lent: at === 'lent', probes, enough, fault }, clock.now());
    if (receipt !== undefined) tell({ type: 'receipt', receipt });
  }

  async function close(): Promise<void> {
    clearInterval(ticking);
    tasting.abort();
    switching.overtake();
    await link.close();
    await within(Deadline.in(CLOSE_MS), 'the disk', () =>
      Promise.all([saver.idle(), outbox.flushed()]),
    ).catch((error: Error) => log.error({ err: error }, 'closed before all was on disk'));
  }
}
