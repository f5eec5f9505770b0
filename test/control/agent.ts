import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, fetch } from 'undici';
import { shownOf } from '../../src/agent/shell/shown-release.ts';
import type { JsonObject } from '../../src/config/canonical.ts';
import type { Release } from '../../src/config/release.ts';
import { step } from '../../src/rollout/instance/instance.ts';
import {
  defaultInstanceLimits,
  type InstanceEffect,
  type InstanceEvent,
  type InstanceState,
  NO_MEMORY,
  newInstance,
} from '../../src/rollout/instance/state.ts';
import {
  type AgentMessage,
  agentPaths,
  type ControlEvent,
  type Counts,
  type NumberedMessage,
  parseControlEvent,
  parseReportAnswer,
  type Report,
} from '../../src/rollout/protocol.ts';
import { checkOffer, type Terms } from '../../src/rollout/signed/envelope.ts';
import type { Receipt } from '../../src/rollout/signed/receipt.ts';
import { verifyEd25519 } from '../../src/rollout/signed/signature.ts';
import { type Signer, sign } from '../../src/rollout/signed/signed.ts';

export interface TestAgentOptions {
  terms: Terms;
  /** Of a testing instance, which signs receipts. */
  signer?: Signer;
  cell?: string;
  token: string;
  /** Control processes, tried in turn. */
  urls: () => string[];
  beatMs?: number;
}

/**
 * An instance for tests: the real decisions (`rollout/instance/instance.ts`) and the real protocol on real
 * sockets, over a server that is only counted. What is wrong with it, or with a release on it, the test says.
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
  running: string | null = null;
  /** Everything it told control. */
  readonly told: AgentMessage[] = [];
  /** When it began to serve with a release, ms of `performance.now()`. */
  readonly switchedAt = new Map<string | null, number>();
  #state: InstanceState = newInstance;
  #pending: NumberedMessage[] = [];
  #seq = 0;
  #beat = 0;
  #stretch = 0;
  #counts: Counts[] = [];
  #acknowledged = 0;
  #log = '';
  readonly #sentAt = new Map<number, number>();
  readonly #options: TestAgentOptions;
  readonly #stopping = new AbortController();
  readonly #dispatcher = new Agent({ connections: 4, connect: { timeout: 500 }, bodyTimeout: 0 });
  readonly #loops: Promise<unknown>;
  #url = 0;

  constructor(options: TestAgentOptions) {
    this.#options = options;
    this.name = options.terms.instance;
    this.#do({ type: 'boot', memory: NO_MEMORY });
    this.#loops = Promise.all([this.#beats(), this.#follow()]);
  }

  get phase(): string {
    return this.#state.phase.at;
  }

  get good(): string | null {
    return this.#state.good?.hash ?? null;
  }

  /** Its process ends, and another starts with what is on its disk. */
  reboot(): void {
    this.#do({ type: 'boot', memory: this.#state.memory });
  }

  /** The same on another disk, with nothing on it. */
  loseDisk(): void {
    this.#log += '+';
    this.#pending = [];
    this.#do({ type: 'boot', memory: NO_MEMORY });
  }

  /** What it goes back to; `undefined`: what the service has built in. */
  get goodContent(): JsonObject | undefined {
    return this.#state.good?.content;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#dispatcher.destroy();
    await this.#loops;
  }

  tell(message: AgentMessage): void {
    this.told.push(message);
    this.#seq += 1;
    this.#pending.push({ seq: this.#seq, at: Date.now(), message });
  }

  #do(event: InstanceEvent): void {
    const { state, effects } = step(this.#state, event, performance.now(), defaultInstanceLimits);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: InstanceEffect): void {
    switch (effect.type) {
      case 'start':
        this.#serveWith(effect.release?.hash ?? null);
        this.#do({ type: 'up' });
        break;
      case 'verify': {
        const { order } = effect.envelope.body;
        const checked = checkOffer(effect.envelope, this.#options.terms, verifyEd25519, Date.now());
        if (checked.ok) this.#do({ type: 'verified', offer: checked.offer });
        else this.#do({ type: 'rejected', order, cause: checked.cause });
        break;
      }
      case 'taste': {
        const cause = this.tasteFault(effect.release);
        const { order } = effect;
        this.#do(cause === undefined ? { type: 'tasted', order } : { type: 'taste_failed', order, cause });
        break;
      }
      case 'switch': {
        const hash = effect.to?.hash ?? null;
        this.#serveWith(hash);
        this.#do({ type: 'switched', hash });
        this.#signReceipt(hash);
        break;
      }
      case 'save':
        if (effect.hash !== undefined) this.#do({ type: 'saved', hash: effect.hash });
        break;
      case 'restart':
        break;
      case 'tell':
        this.tell(effect.message);
        break;
      default:
        effect satisfies never;
    }
  }

  #serveWith(hash: string | null): void {
    this.running = hash;
    this.switchedAt.set(hash, performance.now());
    this.#stretch += 1;
    const none = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };
    this.#counts = [{ hash, stretch: this.#stretch, live: none, probes: none }, ...this.#counts.slice(0, 3)];
  }

  #signReceipt(hash: string | null, at: 'lent' | 'steady' = 'lent'): void {
    const { signer, terms } = this.#options;
    if (signer === undefined || hash === null || this.#state.phase.at !== at) return;
    const receipt: Receipt = {
      kind: 'imara.receipt/1',
      service: terms.service,
      hash,
      environment: terms.environment,
      instance: terms.instance,
      payments: 5,
      ...(this.testFault === undefined
        ? { verdict: 'passed' }
        : { verdict: 'failed', cause: this.testFault }),
      issuedAt: Date.now(),
      expiresAt: Date.now() + 600_000,
    };
    this.tell({ type: 'receipt', receipt: sign(receipt, signer) });
  }

  #serveSome(): void {
    const [now, ...before] = this.#counts;
    if (now === undefined) return;
    const failed = Math.random() < this.errorRate(now.hash) ? 4 : 0;
    const more = (counts: Counts['live']) => ({
      ...counts,
      good: counts.good + 4 - failed,
      error: counts.error + failed,
    });
    this.#counts = [{ ...now, live: more(now.live), probes: more(now.probes) }, ...before];
  }

  async #beats(): Promise<void> {
    const { beatMs = 100 } = this.#options;
    while (!this.#stopping.signal.aborted) {
      this.#do({ type: 'tick' });
      this.#serveSome();
      if (!this.cutOff) await this.#report().catch(() => this.#tryNext());
      await sleep(beatMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
  }

  async #report(): Promise<void> {
    const { terms, cell = 'a', token } = this.#options;
    this.#beat += 1;
    this.#sentAt.set(this.#beat, performance.now());
    const { phase } = this.#state;
    const report: Report = {
      kind: 'imara.report/1',
      service: terms.service,
      environment: terms.environment,
      instance: terms.instance,
      cell,
      boot: 'boot-1',
      beat: this.#beat,
      schemas: [...terms.schemas],
      phase: phase.at,
      running: this.running,
      good: this.good,
      rollout: 'offer' in phase ? phase.offer.rollout : null,
      order: this.#state.memory.order,
      undone: [...this.#state.memory.undoneRollouts],
      vitals: { stalledMs: 0, overdue: 0, overdueBudget: 5, failedProbesInARow: 0 },
      counts: this.#counts,
      log: `log-of-${terms.instance}${this.#log}`,
      messages: this.#pending.slice(0, 32),
    };
    const response = await fetch(`${this.#address()}${agentPaths.report}`, {
      dispatcher: this.#dispatcher,
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(report),
      signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(2_000)]),
    });
    const answer = parseReportAnswer(await response.text());
    if (answer === undefined) throw new Error(`control answered ${response.status}`);
    this.#acknowledged = Math.max(this.#acknowledged, answer.acknowledged);
    this.#pending = this.#pending.filter(({ seq }) => seq > this.#acknowledged);
  }

  async #follow(): Promise<void> {
    const { terms, token } = this.#options;
    const { service, environment, instance } = terms;
    const query = new URLSearchParams({ service, environment, instance });
    while (!this.#stopping.signal.aborted) {
      try {
        const response = await fetch(`${this.#address()}${agentPaths.stream}?${query}`, {
          dispatcher: this.#dispatcher,
          headers: { authorization: `Bearer ${token}` },
          signal: this.#stopping.signal,
        });
        if (!response.ok) throw new Error(`control answered ${response.status}`);
        let rest = '';
        const decoder = new TextDecoder();
        for await (const chunk of response.body ?? []) {
          const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
          rest = parts.pop() ?? '';
          for (const part of parts) {
            const data = /(?:^|\n)data: ([^\n]*)/.exec(part)?.[1];
            const event = data === undefined ? undefined : parseControlEvent(data);
            if (event !== undefined && !this.cutOff) this.#hear(event);
          }
        }
      } catch {
        this.#tryNext();
      }
      await sleep(50, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
  }

  #hear(event: ControlEvent): void {
    switch (event.type) {
      case 'offer':
        this.#do({ type: 'offered', envelope: event.envelope });
        break;
      case 'renewal': {
        const sentAt = this.#sentAt.get(event.renewal.body.beat);
        if (sentAt !== undefined) this.#do({ type: 'renewed', renewal: event.renewal.body, sentAt });
        break;
      }
      case 'proof':
        this.#do({
          type: 'proved',
          proof: event.proof.body,
          signed: event.proof,
          outcomes: 1,
          epochMs: Date.now(),
        });
        break;
      case 'undo':
        this.#do({ type: 'undo', rollout: event.rollout, from: event.from, to: event.to });
        break;
      case 'show': {
        this.#signReceipt(event.hash, 'steady');
        const shown = shownOf(this.#state.memory.ring, event.hash);
        if (shown !== undefined) this.tell(shown);
        break;
      }
      default:
        event satisfies never;
    }
  }

  #address(): string {
    const urls = this.#options.urls();
    return urls[this.#url % urls.length] ?? 'http://127.0.0.1:1';
  }

  #tryNext(): void {
    if (!this.#stopping.signal.aborted) this.#url += 1;
  }
}
