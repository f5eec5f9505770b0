import { createOutbox, type StoredOutbox } from '../../src/agent/disk/report-outbox.ts';
import { createLink } from '../../src/agent/link/link.ts';
import type { Transport } from '../../src/agent/link/transport.ts';
import type { ShellOptions, ShellPorts } from '../../src/agent/shell/ports.ts';
import { createReceipts } from '../../src/agent/shell/receipts.ts';
import { createShell } from '../../src/agent/shell/shell.ts';
import { checked } from '../../src/agent/shell/verify-statements.ts';
import { createLiveSwitch } from '../../src/agent/switch/live.ts';
import {
  type CounterWriter,
  counterReader,
  counterWriter,
  newSharedCounters,
} from '../../src/agent/thread/counters.ts';
import { monotonicMs } from '../../src/agent/thread/monotonic.ts';
import type { JsonObject } from '../../src/config/canonical.ts';
import { documentFor } from '../../src/config/overlay.ts';
import { step } from '../../src/rollout/instance/instance.ts';
import { defaultInstanceLimits, type Memory, NO_MEMORY } from '../../src/rollout/instance/state.ts';
import { type AgentMessage, type ControlEvent, wireLimits } from '../../src/rollout/protocol.ts';
import { verifyEd25519 } from '../../src/rollout/signed/signature.ts';
import type { Verify } from '../../src/rollout/signed/signed.ts';

export interface LightAgentOptions extends Omit<ShellOptions, 'limits'> {
  readonly cell: string;
  /** How many instances share its control, about; 1 otherwise. */
  readonly fleetSize?: number;
  readonly transport: Transport;
  readonly tickMs: number;
  readonly signature?: Verify;
  /** Of an event as it stands in the stream; checked by the protocol's schema otherwise. */
  readonly parse?: (data: string) => ControlEvent | undefined;
  readonly taste?: ShellPorts['taste'];
  /** Requests and payments that end, tick by tick. */
  readonly serve: (serves: { hash: string | null; stretch: number }, counters: CounterWriter) => void;
  readonly switched?: (hash: string | null) => void;
  readonly told?: (message: AgentMessage) => void;
}

/** A disk in memory. */
export interface LightDisk {
  memory: Memory;
  outbox: StoredOutbox | undefined;
  /** Of its log, which is new where the disk is. */
  readonly log: string;
}

export function lightDisk(log: string): LightDisk {
  return { memory: NO_MEMORY, outbox: undefined, log };
}

/**
 * A process of an instance without its server: the agent's own shell and link, over a disk in memory and a
 * taste and a switch that take no time, beside many others in one thread. Owns its timers. Woken by them, and
 * by control. It decides nothing: its starter says what is wrong with it, or with a release on it.
 */
export function startLightAgent(options: LightAgentOptions, disk: LightDisk) {
  const { kind, environment, instance, signature = verifyEd25519 } = options;
  const shared = newSharedCounters();
  const counters = counterWriter(shared);
  const lives = createLiveSwitch<JsonObject, undefined>({
    retire: () => undefined,
    remembered: wireLimits.countsInReport,
  });
  const outbox = createOutbox(disk.outbox, {
    now: Date.now,
    newLog: () => disk.log,
    put(content, done) {
      disk.outbox = content;
      done();
    },
  });
  const ports: ShellPorts = {
    clock: {
      now: monotonicMs,
      epoch: Date.now,
      after(ms, happen) {
        const timer = setTimeout(happen, ms);
        return { cancel: () => clearTimeout(timer) };
      },
    },
    disk: {
      memory: disk.memory,
      will: undefined,
      outbox,
      save(memory, done) {
        disk.memory = memory;
        done();
      },
      removeWill: (done) => done(),
    },
    verify: (envelope, terms, epochMs, done) => done(checked(envelope, terms, epochMs, signature)),
    signature,
    taste:
      options.taste ??
      ((_, done) => {
        done({ ok: true });
        return () => {};
      }),
    link: {
      view: (view) => link?.view(view),
      tell(message) {
        options.told?.(message.message);
        link?.tell([message]);
      },
    },
    serve: {
      get current() {
        return lives.current;
      },
      get stretches() {
        return lives.stretches;
      },
      settle: lives.settle,
      overtake: () => {},
      switchTo(release, done) {
        const hash = release?.hash ?? null;
        const document = release === null ? options.defaults : documentFor(release.content, environment);
        lives.keep(hash, document, undefined);
        lives.swap(hash);
        options.switched?.(hash);
        done();
      },
    },
    counters,
    step,
    receipts: createReceipts,
    restart: () => {},
    log: { info() {}, warn() {}, error() {}, fatal() {} },
  };
  let link: ReturnType<typeof createLink> | undefined;
  const shell = createShell({ ...options, limits: defaultInstanceLimits }, ports);
  shell.boot((error) => {
    if (error !== undefined) throw error;
    shell.up();
  });
  const id = { service: kind.service, environment, instance, cell: options.cell };
  link = createLink(
    {
      id,
      transport: options.transport,
      boot: `boot-${Date.now()}`,
      fleetSize: options.fleetSize ?? 1,
      firstBeat: Date.now(),
      schemas: [kind.id],
      log: outbox.log,
      counters: counterReader(shared),
      endings: [],
      now: monotonicMs,
      stalledMs: () => 0,
      ...(options.parse && { parse: options.parse }),
      onEvent: async (event, sentAt) => shell.fromLink({ type: 'event', event, sentAt }),
      onAcknowledged: (seq) => shell.fromLink({ type: 'acknowledged', seq }),
      onUnderWay: (underWay) => shell.fromLink({ type: 'under_way', underWay }),
      onContact: (contact) => shell.fromLink({ type: 'contact', ...contact }),
    },
    { view: shell.view(), pending: outbox.pending },
  );
  const ticking = setInterval(() => {
    if (lives.current !== undefined) options.serve(lives.current, counters);
    shell.tick();
  }, options.tickMs);

  return {
    shell,
    get running() {
      return lives.current?.hash ?? null;
    },
    tell(message: AgentMessage): void {
      link?.tell([outbox.add(message)]);
    },
    async stop(): Promise<void> {
      clearInterval(ticking);
      shell.stop();
      await link?.close();
    },
  };
}

export type LightAgent = ReturnType<typeof startLightAgent>;
