import type { JsonObject } from '../../../../config/canonical.ts';
import { choicesText } from '../../../../config/check/nearest.ts';
import { diff } from '../../../../config/diff.ts';
import { documentFor, withOverlays } from '../../../../config/overlay.ts';
import type { Release } from '../../../../config/release.ts';
import { masked } from '../../../../config/secret.ts';
import { Refusal } from '../../../../platform/http/json-api.ts';
import { isBackward } from '../../../../rollout/machine/phases.ts';
import { type Plan, planWaves } from '../../../../rollout/plan/waves.ts';
import { routeOf } from '../../../contract/operation.ts';
import { releaseOperations as operations } from '../../../contract/resources/releases/releases.ts';
import { problemsOfRules } from '../../../policy/change-rules.ts';
import { type Drafted, draft, push, releaseInForce, travelPolicy } from '../../../push.ts';
import type { ManagedService } from '../../../services/managed-service.ts';
import { findCommand } from '../../../store/commands.ts';
import { findRelease, listReleases } from '../../../store/releases.ts';
import { findRollout } from '../../../store/rollouts.ts';
import { againOf, type Undone } from '../../../undo/redo.ts';
import type { ApiContext } from '../../context.ts';
import { type Asking, idempotencyKey, type OperatorsApi, operatorOf, type Status } from '../../http.ts';
import { rolloutView, waveView } from '../../rollout-view.ts';

/** Configuration and releases: show, history, diff, validate, push. */
export function releaseRoutes(context: ApiContext) {
  const { database, pushing, settings, clock } = context;

  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'GET /config'),
      handler: async (request) => {
        const { release: sequence, environment } = request.query;
        const service = context.service(request.query.service);
        const release = await releaseAt(service, sequence);
        const { kind } = service;
        const content = release?.content ?? service.builtIn();
        if (environment !== undefined && !kind.environments.includes(environment))
          throw new Refusal(
            404,
            'not_found',
            `there is no environment ${environment}: ${choicesText('environments', kind.environments, environment)}`,
          );
        const shown =
          environment === undefined
            ? masked(content, withOverlays(kind.schema, kind.environments))
            : masked(documentFor(content, environment), kind.schema);
        return { service: kind.service, release: release === null ? null : facts(release), document: shown };
      },
    });

    app.route({
      ...routeOf(operations, 'GET /releases'),
      handler: async (request) => {
        const { service, before, limit } = request.query;
        const { kind } = context.service(service);
        const page = { before: before ?? null, limit: limit ?? 20 };
        const rows = await listReleases(database, kind.service, page);
        return {
          service: kind.service,
          releases: rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() })),
        };
      },
    });

    app.route({
      ...routeOf(operations, 'GET /config/diff'),
      handler: async (request) => {
        const service = context.service(request.query.service);
        const to = await releaseAt(service, request.query.to);
        const before = request.query.from ?? (await parentOf(service, to));
        const from = before === null ? null : await releaseAt(service, before);
        const schema = withOverlays(service.kind.schema, service.kind.environments);
        return {
          from: from === null ? null : facts(from),
          to: to === null ? null : facts(to),
          changes: diff(from?.content ?? service.builtIn(), to?.content ?? service.builtIn(), schema),
        };
      },
    });

    app.route({
      ...routeOf(operations, 'POST /config/validate'),
      handler: async (request) => {
        const { name } = operatorOf(request);
        const { change, replace = false } = request.body;
        const service = context.service(request.body.service);
        const drafted = await draft(pushing, { service, change, replace });
        const { base, problems, changes, switches, onlyRules } = drafted;
        const plan = await price(service, drafted, name);
        return { base: base === null ? null : facts(base), problems, changes, switches, onlyRules, plan };
      },
    });

    app.route({
      ...routeOf(operations, 'POST /releases'),
      handler: async (request, reply) => {
        const { change, replace = false, reason } = request.body;
        const service = context.service(request.body.service);
        return begin(request, reply, { service, change, replace, reason });
      },
    });

    app.route({
      ...routeOf(operations, 'POST /redo'),
      handler: async (request, reply) => {
        const { release, reason } = request.body;
        const service = context.service(request.body.service);
        const earlier = await findCommand(database, idempotencyKey(request));
        const wanted = earlier?.body.redoes ?? release;
        const again = await againOf(pushing, service, wanted === undefined ? undefined : String(wanted));
        if (!again.ok) throw new Refusal(404, 'not_found', `${again.reason}: ${again.advice}`);
        const { undone, change, replace } = again;
        return begin(request, reply, { service, change, replace, reason, redoes: undone });
      },
    });
  };

  /** Pushes it, and answers with what the leader made of it. */
  async function begin(
    request: Asking,
    reply: Status<201 | 202>,
    draft: {
      service: ManagedService;
      change: JsonObject;
      replace: boolean;
      reason: string;
      redoes?: Undone;
    },
  ) {
    const { name: author } = operatorOf(request);
    const { redoes, ...rest } = draft;
    const pushed = await push(pushing, {
      ...rest,
      ...(redoes && { redoes: redoes.rollout }),
      id: idempotencyKey(request),
      author,
      now: clock.now(),
    });
    if (!pushed.pushed) {
      switch (pushed.why) {
        case 'invalid':
          throw new Refusal(422, 'invalid_configuration', 'the configuration is not valid', {
            problems: pushed.drafted.problems,
          });
        case 'unchanged':
          return {
            unchanged: true as const,
            release: pushed.drafted.base === null ? null : facts(pushed.drafted.base),
          };
        case 'busy': {
          const { rollout, phase } = pushed;
          const advice = isBackward(phase) ? 'wait for its end' : 'wait for its end, or abort it';
          const message = `${rollout} is on its way (${phase}): ${advice}`;
          throw new Refusal(409, 'rollout_under_way', message, { rollout });
        }
        case 'another':
          throw new Refusal(409, 'key_used', 'this Idempotency-Key was used for another request');
        default:
          throw new Error(`unknown: ${pushed satisfies never}`);
      }
    }
    const { release, drafted, rollout } = pushed;
    const result = await context.resultOf(pushed.command);
    const stored = await findRollout(database, rollout);
    if (stored === undefined) throw new Error(`rollout ${rollout} was just written`);
    const answer = {
      release: facts(release),
      changes: drafted.changes,
      rollout: rolloutView(stored),
      ...(redoes && { redoes }),
    };
    if (result?.ok === false) throw new Refusal(409, 'refused', result.reason, answer);
    reply.code(result === undefined ? 202 : 201);
    return answer;
  }

  async function releaseAt(service: ManagedService, sequence: number | undefined): Promise<Release | null> {
    if (sequence === undefined) return releaseInForce(pushing, service.kind.service);
    const found = await findRelease(database, service.kind.service, sequence, pushing.keys(), pushing.verify);
    if (found === undefined) throw new Refusal(404, 'not_found', `there is no release ${sequence}`);
    return found;
  }

  async function parentOf({ kind }: ManagedService, release: Release | null): Promise<number | null> {
    if (release === null || release.parent === null) return null;
    const rows = await listReleases(database, kind.service, { before: release.sequence, limit: 200 });
    return rows.find(({ hash }) => hash === release.parent)?.sequence ?? null;
  }

  /**
   * What it would put at risk if it were pushed now, wave by wave; `null` where this process does not hear
   * the fleet.
   */
  async function price(service: ManagedService, drafted: Drafted, author: string) {
    const ground = await pushing.ground(database, service);
    if (!ground.measured) return null;
    const { fleet, traffic } = ground;
    const { waves, gate } = await travelPolicy(pushing, service, drafted, author);
    const plan: Plan = planWaves(fleet, waves, gate, traffic);
    if (!plan.ok) return plan;
    if (!drafted.onlyRules && drafted.switches === null) {
      // It would be begun, and fail later.
      const inForce = drafted.base?.content ?? service.builtIn();
      const [problem] = problemsOfRules(service, inForce, settings().policy, ground);
      if (problem !== undefined) {
        const { path, value, reason, advice } = problem;
        return {
          ok: false as const,
          reason: `${path} ${value === undefined ? '' : `${JSON.stringify(value)} `}${reason}`,
          advice,
        };
      }
    }
    return { ok: true as const, waves: plan.waves.map(waveView) };
  }
}

function facts({ content: _, createdAt, ...release }: Release) {
  return { ...release, createdAt: new Date(createdAt).toISOString() };
}
