/**
 * What a worker asks phones, of products that ask: the question is shown and the request is `prompted`; when
 * the phone has answered, or its time is over, the request goes on. Shown first and marked then, so after a
 * crash in between the question comes once all the same; acknowledged last, so no answer is lost.
 */
import type { Answer, HandsetGateway } from '../../../handset/types.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/database/database.ts';
import { type Deadline, within } from '../../../platform/deadline.ts';
import type { EndedRequest } from '../types.ts';
import { markAnswered, markPrompted, selectAsked, selectUnanswered } from './asked-rows.ts';
import type { Judged } from './judged.ts';
import { type AskingProduct, type Context, pays } from './product.ts';

export interface AskingOptions<Settings> {
  readonly database: Database;
  readonly gatewayOf: (product: string) => HandsetGateway;
  readonly settings: () => Settings;
  readonly clock: Clock;
  /** Most answers that are heard at once. */
  readonly limit: number;
  /** Each request by itself, under the product's name. */
  readonly each: (
    requests: readonly EndedRequest[],
    what: string,
    deadline: Deadline,
    tell: (request: EndedRequest, own: Deadline) => Promise<Judged | undefined>,
  ) => Promise<Judged[]>;
  readonly contextAt: (at: Date, deadline: Deadline) => Context<Settings>;
  /** What has ended gets its callback; the rest is paid. */
  readonly goOn: (product: AskingProduct<Settings>, judged: readonly Judged[]) => Promise<void>;
}

export function createAsking<Settings>(options: AskingOptions<Settings>) {
  const { database, gatewayOf, settings, clock, limit, each, contextAt, goOn } = options;

  /** Of these, those that have a question. */
  async function ask(
    product: AskingProduct<Settings>,
    judged: readonly Judged[],
    deadline: Deadline,
  ): Promise<void> {
    const nowMs = clock.now();
    const expiresAt = new Date(nowMs + product.asks.lifetimeMs(settings()));
    const prompts = judged.flatMap(({ request: { id }, prompt }) =>
      prompt === undefined ? [] : [{ ...prompt, id, expiresAt }],
    );
    if (prompts.length === 0) return;
    await within(deadline, 'prompting phones', (signal) => gatewayOf(product.name).prompt(prompts, signal));
    const marks = prompts.map(({ id }) => ({ id, until: expiresAt }));
    await markPrompted(database, marks, new Date(nowMs));
  }

  /** Answers first, then those whose time is over: an answer that came in time is worth more. */
  async function collect(product: AskingProduct<Settings>, deadline: Deadline): Promise<number> {
    const gateway = gatewayOf(product.name);
    const answers = await within(deadline, 'answers of phones', (signal) => gateway.answers(limit, signal));
    if (answers.length === 0) return expire(product);
    await goOn(product, await heard(product, answers, deadline));
    // What could not be answered now, or another worker holds, is not dealt with yet.
    const ids = answers.map(({ id }) => id);
    const open = new Set((await selectAsked(database, product.name, ids)).map(({ id }) => id));
    const dealtWith = ids.filter((id) => !open.has(id));
    await within(deadline, 'acknowledging answers', (signal) => gateway.acknowledge(dealtWith, signal));
    return answers.length;
  }

  async function heard(
    product: AskingProduct<Settings>,
    answers: readonly Answer[],
    deadline: Deadline,
  ): Promise<Judged[]> {
    const outcomes = new Map(answers.map(({ id, outcome }) => [id, outcome]));
    await markAnswered(
      database,
      answers.filter(({ outcome }) => outcome === 'accepted'),
    );
    const asked = await selectAsked(database, product.name, [...outcomes.keys()]);
    return each(asked, product.name, deadline, async (request, own) => {
      const outcome = outcomes.get(request.id);
      if (outcome === undefined) return undefined;
      const at = new Date(clock.now());
      if (outcome !== 'accepted') return { request, ending: { result: product.asks.refused[outcome], at } };
      if (pays(product)) return { request };
      return { request, ending: { ...(await product.answer(request, contextAt(at, own))), at } };
    });
  }

  /** Their gateway has said nothing, not even that nobody answered. */
  async function expire(product: AskingProduct<Settings>): Promise<number> {
    const at = new Date(clock.now());
    const unanswered = await selectUnanswered(database, product.name, { now: at, limit });
    const ending = { result: product.asks.refused.no_answer, at };
    await goOn(
      product,
      unanswered.map((request) => ({ request, ending })),
    );
    return unanswered.length;
  }

  return { ask, collect };
}
