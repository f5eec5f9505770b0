import type { FastifyInstance, FastifyRequest } from 'fastify';
import { choicesText } from '../../config/check/nearest.ts';
import type { Clock } from '../../platform/clock.ts';
import { carriesToken, readBearer } from '../../platform/http/authorization.ts';
import { Refusal, strictRequests } from '../../platform/http/json-api.ts';
import { agentPaths, InstanceId, Report, type ReportAnswer, wireLimits } from '../../rollout/protocol.ts';
import type { Election } from '../leader/election.ts';
import type { LeaderLoop } from '../leader/loop.ts';
import type { ServiceBook } from '../services/book.ts';
import type { InstanceRegistry } from './registry.ts';
import type { Streams } from './streams.ts';

export interface AgentRoutesOptions {
  leaderLoop: LeaderLoop;
  election: Election;
  registry: InstanceRegistry;
  streams: Streams;
  /** What agents of the services that are built in show; those of an added one show a token of its own. */
  token: string;
  services: ServiceBook;
  clock: Clock;
  mostStreams: number;
}

/**
 * The agents' side: `GET /agent/v1/stream` and `POST /agent/v1/report`, as `rollout/protocol.ts` has them.
 * Only the leader takes them; the others answer 503 `not_leading` and name it.
 */
export function agentRoutes(options: AgentRoutesOptions) {
  const { leaderLoop, election, registry, streams, token, services, clock, mostStreams } = options;

  /** Agents of one service do not speak for another. */
  function demandOwn(request: FastifyRequest, service: string): void {
    const added = services.definition(service) !== undefined;
    const own = added
      ? services.ofToken(readBearer(request.headers.authorization) ?? '') === service
      : carriesToken(request.headers.authorization, token);
    if (!own) throw new Refusal(403, 'forbidden', `this token is not one of the agents of ${service}`);
  }

  return async (app: FastifyInstance): Promise<void> => {
    strictRequests(app, choicesText);
    app.removeContentTypeParser('application/json');
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
      try {
        done(null, parsed(String(body)));
      } catch {
        done(new Refusal(400, 'invalid_request', 'the body is not JSON'));
      }
    });
    app.addHook('onRequest', async (request) => {
      if (
        !carriesToken(request.headers.authorization, token) &&
        services.ofToken(readBearer(request.headers.authorization) ?? '') === undefined
      )
        throw new Refusal(401, 'unauthenticated', 'show the agents’ token: Authorization: Bearer …');
      if (leaderLoop.serves()) return;
      const leader = election.leader()?.url ?? null;
      throw new Refusal(503, 'not_leading', 'another control process leads', { leader });
    });

    app.get<{ Querystring: InstanceId }>(
      agentPaths.stream,
      { schema: { querystring: InstanceId } },
      (request, reply) => {
        demandOwn(request, request.query.service);
        if (streams.size >= mostStreams)
          throw new Refusal(503, 'full', `${mostStreams} agents follow this process already`);
        reply.hijack();
        streams.open(request.query, reply.raw);
        // Whatever `Last-Event-ID` says: the last order is sent again, because it may not have arrived whole.
        leaderLoop.greet(request.query);
      },
    );

    app.post<{ Body: Report }>(
      agentPaths.report,
      { schema: { body: Report }, bodyLimit: wireLimits.reportBytes },
      async (request): Promise<ReportAnswer> => {
        const { body } = request;
        demandOwn(request, body.service);
        const heard = registry.hear(body, clock.now());
        if ('refused' in heard) throw new Refusal(409, 'refused', heard.refused);
        if (body.messages.some(({ seq }) => seq > heard.acknowledged)) leaderLoop.wake();
        return {
          acknowledged: heard.acknowledged,
          nextBeatMs: leaderLoop.beatMs(body),
          underWay: leaderLoop.isUnderWay(body.service),
        };
      },
    );
  };
}

/** PostgreSQL's text cannot hold U+0000, and an instance may send any text: it is left out. */
function parsed(text: string): unknown {
  if (!text.includes('\\u0000')) return JSON.parse(text);
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\u0000', '') : value,
  );
}
