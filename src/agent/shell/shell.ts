import type { JsonObject } from '../../config/canonical.ts';
import { documentFor } from '../../config/overlay.ts';
import { type Path, pathText } from '../../config/path.ts';
import { isHarmless } from '../../config/switches.ts';
import type { InstanceEffect, InstanceState } from '../../rollout/instance/state.ts';
import type { AgentMessage } from '../../rollout/protocol.ts';
import { createNewestWriter } from '../disk/newest.ts';
import type { InstanceView } from '../link/instance-view.ts';
import type { LocalUndo } from '../local/socket.ts';
import type { AgentStatus } from '../options.ts';
import type { FromLink } from '../thread/messages.ts';
import { createBoot } from './boot.ts';
import { createHearing } from './hearing.ts';
import type { Serve, ShellOptions, ShellPorts } from './ports.ts';
import { createRunner } from './runner.ts';
import { isUnchanged } from './unchanged.ts';
import { termsOf } from './verify-statements.ts';
import { moveBy, viewOf } from './view.ts';

/** Failures of values that are reported of one stretch; what fails, fails with every request. */
const MOST_REPORTED_FAILURES = 16;

/**
 * What an instance does around its decisions (`rollout/instance`): it hands the core what happens, one event
 * at a time, and carries out each effect in its order through the ports. It owns what the core does not keep:
 * which taste is under way, and what was reported of this stretch. Woken by `tick` several
 * times a second, by what the link brings, and by the ports that call back. It must never wait, and never
 * touch a timer, file, socket or thread itself: the simulator runs these very lines.
 */
export interface Shell {
  readonly state: InstanceState;
  readonly status: AgentStatus;
  view(): InstanceView;
  /** `done`: it can serve; with an error when not even what is built in can be served with. */
  boot(done: (error?: unknown) => void): void;
  /** The service serves. */
  up(): void;
  tick(): void;
  fromLink(message: FromLink): void;
  /** R4: a value was really used and does not work. */
  valueFailed(path: Path, cause: string, of: NonNullable<Serve['current']>): void;
  /** What a synthetic payment met with that was bad. */
  probeFailed(stretch: number, fault: string): void;
  /** Calls back when all memory and messages until now are on disk. */
  whenOnDisk(done: () => void): void;
  /** Takes nothing up any more that is under way. */
  stop(): void;
}

export function createShell(options: ShellOptions, ports: ShellPorts): Shell {
  const { kind, environment, instance, limits } = options;
  const { clock, disk, link, serve, counters, log } = ports;
  const { outbox } = disk;
  const toldFailures = new Set<string>();
  let callOff = (): void => {};
  let shownView = '';
  /**
   * Hash of the last release that only switches off what was served: one payment, or what is left of one,
   * tries it.
   */
  let briefly: string | undefined;
  let probeFault: { stretch: number; text: string } | undefined;

  const memories = createNewestWriter(disk.save);
  const receipts =
    options.receipts && ports.receipts({ service: kind.service, environment, instance }, options.receipts);
  const runner = createRunner({ step: ports.step, limits, now: clock.now, carryOut, changed });
  const { dispatch } = runner;
  const boot = createBoot(ports, memories, {
    state: () => runner.state,
    dispatch,
    tell,
    tellOrdered,
    swapped,
  });
  const hearing = createHearing({ instance, keys: options.keys, receipts }, ports, {
    state: () => runner.state,
    dispatch,
    tell,
    tellOrdered,
  });
  counters.beat(clock.now());

  return {
    get state() {
      return runner.state;
    },
    get status() {
      const { phase, running, good } = view();
      const changing = hearing.underWay || (phase !== 'steady' && phase !== 'starting');
      const receiptDue = receipts?.due ?? false;
      const brief = running !== null && running === briefly;
      return { phase, running, good, changing, receiptDue, brief, connected: hearing.connected };
    },
    view,
    boot: boot.begin,
    up: () => dispatch({ type: 'up' }),
    tick() {
      counters.beat(clock.now());
      dispatch({ type: 'tick' });
      issueReceipt();
    },
    fromLink: hearing.fromLink,
    valueFailed(path, cause, { hash, stretch, document }) {
      const key = pathText(path);
      const failure = `${stretch} ${key}`;
      if (toldFailures.has(failure) || toldFailures.size >= MOST_REPORTED_FAILURES) return;
      toldFailures.add(failure);
      log.error({ hash, key, cause }, 'a value does not work');
      // What is built in can be left for nothing, so that is for people to hear.
      if (hash === null) return;
      const unchanged = isUnchanged(served(), document, path);
      dispatch({ type: 'value_failed', hash, key, cause, unchanged });
    },
    probeFailed(stretch, text) {
      probeFault = { stretch, text };
    },
    whenOnDisk(done) {
      memories.whenIdle(() => outbox.whenIdle(done));
    },
    stop() {
      callOff();
      serve.overtake();
    },
  };

  /** What is proved here, as this environment sees it. */
  function served(): JsonObject {
    return documentFor(runner.state.good?.content ?? options.defaults, environment);
  }

  function view(): InstanceView {
    return viewOf(runner.state, serve);
  }

  function carryOut(effect: InstanceEffect): void {
    switch (effect.type) {
      case 'start':
        boot.again();
        break;
      case 'verify': {
        const { order } = effect.envelope.body;
        ports.verify(effect.envelope, termsOf(options, served), clock.epoch(), (result) =>
          dispatch(
            result.ok
              ? { type: 'verified', offer: result.offer }
              : { type: 'rejected', order, cause: result.cause },
          ),
        );
        break;
      }
      case 'taste':
        taste(effect);
        break;
      case 'switch': {
        const { to } = effect;
        const hash = to?.hash ?? null;
        serve.switchTo(to, (error) => {
          if (error === undefined) swapped();
          dispatch(
            error === undefined
              ? { type: 'switched', hash }
              : { type: 'switch_failed', hash, cause: messageOf(error) },
          );
        });
        break;
      }
      case 'save': {
        const { hash } = effect;
        memories.write(effect.memory, (error) => {
          if (hash === undefined) return;
          dispatch(
            error === undefined
              ? { type: 'saved', hash }
              : { type: 'save_failed', hash, cause: messageOf(error) },
          );
        });
        break;
      }
      case 'restart':
        log.fatal('the way back hangs: this process ends, the next one starts with what was proved');
        ports.restart();
        break;
      case 'tell':
        log.info(effect.message, 'release');
        tell(effect.message);
        break;
      default:
        effect satisfies never;
    }
  }

  function taste({ order, release, wayBack }: InstanceEffect & { type: 'taste' }): void {
    const purpose = isHarmless(kind, served(), documentFor(release.content, environment))
      ? 'switch'
      : 'release';
    if (purpose === 'switch') briefly = release.hash;
    callOff = ports.taste({ purpose, release, wayBack }, (tasted) => {
      if (tasted.ok) {
        const { warnings } = tasted;
        return dispatch({ type: 'tasted', order, ...(warnings && { warnings }) });
      }
      const { ok: _, ...reason } = tasted;
      dispatch({ type: 'taste_failed', order, ...reason });
    });
  }

  function changed(state: InstanceState): void {
    const { phase } = state;
    if (phase.at !== 'tasting') callOff();
    if (phase.at === 'steady') serve.settle();
    counters.moveBy(moveBy(phase));
    const now = view();
    const text = JSON.stringify(now);
    if (text === shownView) return;
    shownView = text;
    link.view(now);
  }

  function swapped(): void {
    if (serve.current !== undefined) counters.begin(serve.current.stretch);
    toldFailures.clear();
  }

  function tell(message: AgentMessage): void {
    link.tell(outbox.add(message));
  }

  /** For control: who ordered what here. */
  function tellOrdered({ by, from, to, rollout, order }: LocalUndo): void {
    const names = { ...(rollout && { rollout }), ...(order === undefined ? {} : { order }) };
    tell({ type: 'undo_ordered_here', by, from, to, ...names });
  }

  function issueReceipt(): void {
    const { at } = runner.state.phase;
    const { hash = null, stretch = 0 } = serve.current ?? {};
    if (receipts === undefined || hash === null || (at !== 'lent' && at !== 'steady')) return;
    const { probes } = counters.totals(stretch);
    const enough = hash === briefly ? 1 : undefined;
    const fault = probeFault?.stretch === stretch ? probeFault.text : undefined;
    const receipt = receipts.next(
      { hash, stretch, lent: at === 'lent', probes, enough, fault },
      clock.epoch(),
    );
    if (receipt !== undefined) tell({ type: 'receipt', receipt });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
