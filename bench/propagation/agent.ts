import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEventReader } from '../../src/agent/link/event-stream.ts';
import { step } from '../../src/rollout/instance/instance.ts';
import {
  defaultInstanceLimits,
  type InstanceEffect,
  type InstanceEvent,
  NO_MEMORY,
  newInstance,
} from '../../src/rollout/instance/state.ts';
import {
  type AgentMessage,
  agentPaths,
  type ControlEvent,
  type Counts,
  type NumberedMessage,
  type Report,
  type ReportAnswer,
  wireLimits,
} from '../../src/rollout/protocol.ts';
import { checkOffer, type Terms } from '../../src/rollout/signed/envelope.ts';
import { type Signer, sign } from '../../src/rollout/signed/signed.ts';
import { postOver } from './post.ts';
import { verifyOnce } from './verify-once.ts';

export interface LightAgentOptions {
  terms: Terms;
  url: string;
  token: string;
  /** Of the testing instance, which signs receipts. */
  signer?: Signer;
  onSwitched: (hash: string | null) => void;
}

const RETRY_MS = 200;
/** As the agent's link: however much there is to tell, reports are at least so far apart. */
const SOONEST_MS = 20;
const NONE = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };

/**
 * An instance without its server: the real decisions (`rollout/instance/instance.ts`), the real checks of an
 * offer and the real protocol, over sockets that cost so little that a thousand fit beside what is measured.
 * Tasting, switching and saving take no time here, and the form of events is not checked.
 */
export function runLightAgent({ terms, url, token, signer, onSwitched }: LightAgentOptions): void {
  const { service, environment, instance } = terms;
  const post = postOver(new URL(agentPaths.report, url), token);
  const sentAt = new Map<number, number>();
  let state = newInstance;
  let running: string | null = null;
  let pending: NumberedMessage[] = [];
  let counts: Counts[] = [];
  let seq = 0;
  let stretch = 0;
  let wake: (() => void) | undefined;
  let news = false;

  function happen(event: InstanceEvent): void {
    const stepped = step(state, event, performance.now(), defaultInstanceLimits);
    state = stepped.state;
    for (const effect of stepped.effects) perform(effect);
  }

  function perform(effect: InstanceEffect): void {
    switch (effect.type) {
      case 'start':
        serveWith(effect.release?.hash ?? null);
        happen({ type: 'up' });
        break;
      case 'verify': {
        const { order } = effect.envelope.body;
        const checked = checkOffer(effect.envelope, terms, verifyOnce, Date.now());
        happen(
          checked.ok
            ? { type: 'verified', offer: checked.offer }
            : { type: 'rejected', order, cause: checked.cause },
        );
        break;
      }
      case 'taste':
        happen({ type: 'tasted', order: effect.order });
        break;
      case 'switch': {
        const hash = effect.to?.hash ?? null;
        serveWith(hash);
        onSwitched(hash);
        happen({ type: 'switched', hash });
        if (signer !== undefined && hash !== null) signReceipt(hash, signer);
        break;
      }
      case 'save':
        if (effect.hash !== undefined) happen({ type: 'saved', hash: effect.hash });
        break;
      case 'restart':
        break;
      case 'tell':
        tell(effect.message);
        break;
      default:
        effect satisfies never;
    }
  }

  function serveWith(hash: string | null): void {
    running = hash;
    stretch += 1;
    const fresh = { hash, stretch, live: NONE, probes: NONE };
    counts = [fresh, ...counts.slice(0, wireLimits.countsInReport - 1)];
  }

  function signReceipt(hash: string, by: Signer): void {
    const issuedAt = Date.now();
    const receipt = {
      kind: 'imara.receipt/1' as const,
      service,
      hash,
      environment,
      instance,
      verdict: 'passed' as const,
      payments: 20,
      issuedAt,
      expiresAt: issuedAt + 600_000,
    };
    tell({ type: 'receipt', receipt: sign(receipt, by) });
  }

  function tell(message: AgentMessage): void {
    seq += 1;
    pending.push({ seq, at: Date.now(), message });
    news = true;
    wake?.();
  }

  /** Between two reports one payment and one probe ended well. */
  function serveSome(): void {
    const [now, ...before] = counts;
    if (now === undefined) return;
    const more = (ended: Counts['live']) => ({ ...ended, good: ended.good + 1 });
    counts = [{ ...now, live: more(now.live), probes: more(now.probes) }, ...before];
  }

  async function beats(): Promise<never> {
    for (let beat = 1; ; beat++) {
      news = false;
      happen({ type: 'tick' });
      serveSome();
      sentAt.set(beat, performance.now());
      sentAt.delete(beat - 100);
      const dueMs = await report(beat).catch(() => RETRY_MS);
      await sleep(SOONEST_MS);
      if (!news) await untilNews(dueMs - SOONEST_MS);
    }
  }

  function untilNews(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Returns when the next is due, in ms. */
  async function report(beat: number): Promise<number> {
    const body: Report = {
      kind: 'imara.report/1',
      service,
      environment,
      instance,
      cell: 'a',
      boot: 'boot-1',
      beat,
      schemas: [...terms.schemas],
      phase: state.phase.at,
      running,
      good: state.good?.hash ?? null,
      rollout: 'offer' in state.phase ? state.phase.offer.rollout : null,
      vitals: { stalledMs: 0, overdue: 0, overdueBudget: 5, failedProbesInARow: 0 },
      counts,
      log: `log-of-${instance}`,
      messages: pending.slice(0, wireLimits.messagesInReport),
    };
    const answer: ReportAnswer = JSON.parse(await post(JSON.stringify(body)));
    pending = pending.filter((message) => message.seq > answer.acknowledged);
    return answer.nextBeatMs ?? wireLimits.beatMs;
  }

  function follow(): void {
    const again = () => void setTimeout(follow, RETRY_MS);
    const query = new URLSearchParams({ service, environment, instance });
    const headers = { authorization: `Bearer ${token}` };
    get(`${url}${agentPaths.stream}?${query}`, { agent: false, headers }, (response) => {
      const read = createEventReader(wireLimits.eventBytes);
      response.on('data', (chunk: Buffer) => {
        for (const { data } of read(chunk)) hear(JSON.parse(data));
      });
      response.on('close', again).on('error', () => {});
    }).on('error', again);
  }

  function hear(event: ControlEvent): void {
    switch (event.type) {
      case 'offer':
        happen({ type: 'offered', envelope: event.envelope });
        break;
      case 'renewal': {
        const sent = sentAt.get(event.renewal.body.beat);
        if (sent !== undefined) happen({ type: 'renewed', renewal: event.renewal.body, sentAt: sent });
        break;
      }
      case 'proof':
        happen({ type: 'proved', proof: event.proof.body, outcomes: 1, epochMs: Date.now() });
        break;
      case 'undo':
        happen({ type: 'undo', rollout: event.rollout, from: event.from, to: event.to });
        break;
      case 'show':
        break;
      default:
        event satisfies never;
    }
  }

  happen({ type: 'boot', memory: NO_MEMORY });
  follow();
  void beats();
}
