import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../platform/clock.ts';
import { agentPaths, InstanceId, Report, type ReportAnswer, wireLimits } from '../../rollout/protocol.ts';
import type { Lead } from '../lead.ts';
import type { Leadership } from '../leadership.ts';
import type { Roster } from '../roster.ts';
import type { Streams } from '../streams.ts';
import { Refusal, showsToken, strictBodies } from './http.ts';

export interface AgentRoutesOptions {
  lead: Lead;
  leadership: Leadership;
  roster: Roster;
  streams: Streams;
  /** What agents show; one for all of them. */
  token: string;
  clock: Clock;
  mostStreams: number;
}

/**
 * The agents' side: `GET /agent/v1/stream` and `POST /agent/v1/report`, as `rollout/protocol.ts` has them. Only the leader
 * takes them; the others answer 503 `not_leading` and name it.
 */
export function agentRoutes(options: AgentRoutesOptions) {
  const { lead, leadership, roster, streams, token, clock, mostStreams } = options;

  return async (app: FastifyInstance): Promise<void> => {
    strictBodies(app);
    app.removeContentTypeParser('application/json');
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
      try {
        done(null, parsed(String(body)));
      } catch {
        done(new Refusal(400, 'invalid_request', 'the body is not JSON'));
      }
    });
    app.addHook('onRequest', async (request) => {
      if (!showsToken(request, token))
        throw new Refusal(401, 'unauthenticated', 'show the agents’ token: Authorization: Bearer …');
      if (lead.serves()) return;
      const leader = leadership.leader()?.url ?? null;
      throw new Refusal(503, 'not_leading', 'another control process leads', { leader });
    });

    app.get<{ Querystring: InstanceId }>(
      agentPaths.stream,
      { schema: { querystring: InstanceId } },
      (request, reply) => {
        if (streams.size >= mostStreams)
          throw new Refusal(503, 'full', `${mostStreams} agents follow this process already`);
        reply.hijack();
        streams.open(request.query, reply.raw);
        // Whatever `Last-Event-ID` says: the last word is said again, because it may not have been heard out.
        lead.greet(request.query);
      },
    );

    app.post<{ Body: Report }>(
      agentPaths.report,
      { schema: { body: Report }, bodyLimit: wireLimits.reportBytes },
      async ({ body }): Promise<ReportAnswer> => {
        const heard = roster.hear(body, clock.now());
        if ('refused' in heard) throw new Refusal(409, 'refused', heard.refused);
        if (body.messages.some(({ seq }) => seq > heard.acknowledged)) lead.wake();
        return {
          acknowledged: heard.acknowledged,
          nextBeatMs: lead.beatMs(body),
          underWay: lead.isUnderWay(body.service),
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
