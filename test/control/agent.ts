import { createTransport, type Transport } from '../../src/agent/link/transport.ts';
import type { ShellOptions } from '../../src/agent/shell/ports.ts';
import type { CounterWriter } from '../../src/agent/thread/counters.ts';
import type { JsonObject } from '../../src/config/canonical.ts';
import type { Release } from '../../src/config/release.ts';
import type { AgentMessage, InstanceId } from '../../src/rollout/protocol.ts';
import type { Signer } from '../../src/rollout/signed/signed.ts';
import { type LightAgent, lightDisk, startLightAgent } from './light-agent.ts';

export interface TestAgentOptions extends Omit<ShellOptions, 'limits' | 'receipts'> {
  /** Of a testing instance, which signs receipts. */
  signer?: Signer;
  cell?: string;
  token: string;
  /** Control processes, tried in turn. */
  urls: () => string[];
}

const TICK_MS = 100;
/** Requests and synthetic payments that end in each tick, each. */
const A_TICK = 4;

/**
 * An instance for tests: the real agent's shell and link on real sockets, over a server that is only counted.
 * What is wrong with it, or with a release on it, the test says.
 */
export class TestAgent {
  readonly name: string;
  /** What its synthetic payments meet with. */
  testFault: string | undefined;
  /** Why its taste of a release fails. */
  tasteFault: (release: Release) => string | undefined = () => undefined;
  /** Part of its requests that fail while it serves with a release. */
  errorRate: (hash: string | null) => number = () => 0;
  /** Says nothing, and hears nothing. */
  cutOff = false;
  /** Every message that it sent to control. */
  readonly told: AgentMessage[] = [];
  /** When it began to serve with a release, ms of `performance.now()`. */
  readonly switchedAt = new Map<string | null, number>();
  readonly #options: TestAgentOptions;
  #disk: ReturnType<typeof lightDisk>;
  #process: LightAgent;

  constructor(options: TestAgentOptions) {
    this.#options = options;
    this.name = options.instance;
    this.#disk = lightDisk(`log-of-${this.name}`);
    this.#process = this.#start();
  }

  get phase(): string {
    return this.#process.shell.state.phase.at;
  }

  get running(): string | null {
    return this.#process.running;
  }

  get good(): string | null {
    return this.#process.shell.state.good?.hash ?? null;
  }

  /** What it goes back to; `undefined`: what the service has built in. */
  get goodContent(): JsonObject | undefined {
    return this.#process.shell.state.good?.content;
  }

  /** Its process ends, and another starts with what is on its disk. */
  reboot(): void {
    void this.#process.stop();
    this.#process = this.#start();
  }

  /** The same on another disk, with nothing on it. */
  loseDisk(): void {
    this.#disk = lightDisk(`${this.#disk.log}+`);
    this.reboot();
  }

  tell(message: AgentMessage): void {
    this.#process.tell(message);
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  #start(): LightAgent {
    const { kind, environment, instance, signer, cell = 'a' } = this.#options;
    return startLightAgent(
      {
        ...this.#options,
        cell,
        receipts: signer && { signer, payments: A_TICK, validMs: 600_000 },
        transport: roaming(this, this.#options, { service: kind.service, environment, instance }),
        tickMs: TICK_MS,
        taste: ({ release }, done) => {
          const cause = this.tasteFault(release);
          done(cause === undefined ? { ok: true } : { ok: false, cause });
          return () => {};
        },
        serve: (serves, counters) => this.#serve(serves, counters),
        switched: (hash) => void this.switchedAt.set(hash, performance.now()),
        told: (message) => void this.told.push(message),
      },
      this.#disk,
    );
  }

  #serve({ hash, stretch }: { hash: string | null; stretch: number }, counters: CounterWriter): void {
    const live = Math.random() < this.errorRate(hash) ? 'error' : 'good';
    if (this.testFault !== undefined) this.#process.shell.probeFailed(stretch, this.testFault);
    for (let count = 0; count < A_TICK; count++) {
      counters.count(stretch, live);
      counters.countProbe(stretch, this.testFault === undefined ? 'good' : 'error');
    }
  }
}

/** The real transport, to whichever control process answers; beats come no later than ticks. */
function roaming(agent: { cutOff: boolean }, of: TestAgentOptions, id: InstanceId): Transport {
  const each = new Map<string, Transport>();
  let turn = 0;
  const current = (): Transport => {
    const all = of.urls();
    const url = all[turn % all.length] ?? 'http://127.0.0.1:1';
    const transport = each.get(url) ?? createTransport({ url, token: of.token }, id);
    each.set(url, transport);
    return transport;
  };
  const cut = { ok: false, reason: 'it is cut off' } as const;
  return {
    async follow(lastEventId, signal) {
      const asked = turn;
      const opened = agent.cutOff ? cut : await current().follow(lastEventId, signal);
      if (opened.ok) return { ok: true, value: unlessCut(agent, opened.value) };
      if (turn === asked) turn += 1;
      return opened;
    },
    async report(report, deadline) {
      const asked = turn;
      const answered = agent.cutOff ? cut : await current().report(report, deadline);
      if (answered.ok) {
        const nextBeatMs = Math.min(answered.value.nextBeatMs ?? TICK_MS, TICK_MS);
        return { ok: true, value: { ...answered.value, nextBeatMs } };
      }
      if (turn === asked) turn += 1;
      return answered;
    },
    async close() {
      await Promise.all([...each.values()].map((transport) => transport.close()));
    },
  };
}

async function* unlessCut(agent: { cutOff: boolean }, chunks: AsyncIterable<Uint8Array>) {
  for await (const chunk of chunks) if (!agent.cutOff) yield chunk;
}
