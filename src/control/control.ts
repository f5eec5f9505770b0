import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { choicesText } from '../config/check/nearest.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database/database.ts';
import { Deadline } from '../platform/deadline.ts';
import { Refusal } from '../platform/http/json-api.ts';
import type { Log } from '../platform/log.ts';
import { lookUntil } from '../platform/loop/look-until.ts';
import { type Loop, type Ran, repeat } from '../platform/loop/repeat.ts';
import { verifyEd25519 } from '../rollout/signed/signature.ts';
import type { Signer, TrustedKey } from '../rollout/signed/signed.ts';
import { fleetEventRoutes } from './agents/fleet-events.ts';
import { createInstanceRegistry } from './agents/registry.ts';
import { agentRoutes } from './agents/routes.ts';
import { createStreams } from './agents/streams.ts';
import { readAgreement } from './agreement/differences.ts';
import type { ApiContext } from './api/context.ts';
import { operatorsApi } from './api/operators-api.ts';
import type { Directories } from './directories/directories.ts';
import { controlServer } from './http-server.ts';
import { createElection } from './leader/election.ts';
import { createLeaderLoop } from './leader/loop.ts';
import { createSignedEvents } from './leader/signed-events.ts';
import { createLeaderStore } from './leader/sql/leader-store.ts';
import { electionStore } from './leader/sql/term.ts';
import { measuredTraffic } from './leader/traffic.ts';
import { decide } from './leader/turn/decide.ts';
import { showControl } from './metrics.ts';
import { createOperatorBook } from './operators.ts';
import { groundReader } from './policy/circumstances.ts';
import type { PushOptions } from './push.ts';
import { createServiceBook } from './services/book.ts';
import type { ManagedService } from './services/managed-service.ts';
import type { ControlSettings } from './settings.ts';
import { commandResult } from './store/commands.ts';
import { writeInstances } from './store/instances.ts';
import { noteSilence } from './store/watches.ts';

export interface ControlOptions {
  /** Of this process; unlike every other's. */
  name: string;
  /** For operators' requests; and another pool for the leader, so that the one cannot hold up the other. */
  database: Database;
  leaderDatabase: Database;
  /** What control signs with. */
  signer: Signer;
  /** Whom control believes: itself, other control planes, the testing instances. Read each time. */
  keys: () => readonly TrustedKey[];
  /** What agents of these services show. */
  agentToken: string;
  /** The first is the one meant where none is named. */
  services: readonly [ManagedService, ...ManagedService[]];
  settings: () => ControlSettings;
  clock: Clock;
  log: Log;
  registry: Registry;
  /** What other parts keep in the same database, where control may change it. */
  directories?: Directories;
  /** Where agents and operators reach this process, when that is not where it listens. */
  url?: string;
}

export interface Control {
  app: FastifyInstance;
  /** Listens, and takes part in leading. Returns the port. */
  start(address: { host: string; port: number }): Promise<number>;
  /** Gives the lead back and closes; agents go on with what they have. */
  close(): Promise<void>;
  leads(): boolean;
  /** Whether the store answered of late. */
  ready(): boolean;
}

/** Most agents of one process; twice what it is built for. */
const MOST_INSTANCES = 10_000;
const OPERATORS_MS = 2_000;
const INSTANCES_MS = 1_000;
const WATCHES_MS = 1_000;
/** Rows of instances that were not heard for so long leave the memory. */
const FORGET_MS = 600_000;
const RESULT_MS = 5_000;
const RESULT_EVERY_MS = 25;
const UNREADY_MS = 10_000;

/** One control process: the operators' and agents' API, and, when its turn comes, the leader. */
export function createControl(options: ControlOptions): Control {
  const { name, database, leaderDatabase, signer, keys, services, settings, clock, log, registry } = options;
  let url = options.url ?? '';
  const instanceRegistry = createInstanceRegistry({ most: MOST_INSTANCES });
  const streams = createStreams();
  const operators = createOperatorBook(database);
  const book = createServiceBook(database, { services, keys });
  const election = createElection({
    store: electionStore(leaderDatabase),
    holder: name,
    url: () => url,
    termMs: () => settings().termMs,
  });
  const signedEvents = createSignedEvents(signer);
  const verify = verifyEd25519;
  const leaderLoop = createLeaderLoop({
    name,
    store: createLeaderStore({ database: leaderDatabase, keys, verify }),
    election,
    registry: instanceRegistry,
    streams,
    signedEvents,
    keys,
    keysOf: book.keysOf,
    verify,
    settings,
    clock,
    elapsedMs: () => performance.now(),
    decide,
    log,
  });
  const traffic = (service: string) =>
    leaderLoop.serves()
      ? measuredTraffic(instanceRegistry.rates(service, clock.now()), settings().traffic)
      : undefined;
  const ground = groundReader({ settings, clock, traffic });
  const pushing: PushOptions = { database, signer, keys, verify, settings, ground };
  const context: ApiContext = {
    database,
    leaderLoop,
    pushing,
    settings,
    clock,
    refreshOperators: () => operators.refresh(),
    services: book,
    service(wanted) {
      const found =
        wanted === undefined ? services[0] : book.all().find(({ kind }) => kind.service === wanted);
      if (found !== undefined) return found;
      const known = book.all().map(({ kind }) => kind.service);
      throw new Refusal(
        404,
        'not_found',
        `there is no service ${wanted}: ${choicesText('services', known, wanted)}`,
      );
    },
    async resultOf(command) {
      leaderLoop.wake();
      return lookUntil(() => commandResult(database, command), {
        everyMs: RESULT_EVERY_MS,
        deadline: Deadline.in(RESULT_MS),
      });
    },
  };

  const app = controlServer(log, { mostConnections: MOST_INSTANCES * 2 + 1_000 });
  // For balancers in front of several control processes: agents belong to the one that leads.
  app.get('/leader', async (_request, reply) =>
    reply
      .code(leaderLoop.serves() ? 200 : 503)
      .send({ leads: leaderLoop.serves(), leader: election.leader() ?? null }),
  );
  const mostStreams = MOST_INSTANCES;
  const { agentToken: token } = options;
  app.register(
    agentRoutes({
      leaderLoop,
      election,
      registry: instanceRegistry,
      streams,
      token,
      services: book,
      clock,
      mostStreams,
    }),
  );
  app.register(fleetEventRoutes({ database, token, clock }));
  app.register(operatorsApi(context, { operators, directories: options.directories }));

  let answeredAt = Number.NEGATIVE_INFINITY;
  const loops: { stop(): Promise<void> }[] = [];
  let differing = new Map<string, number>();
  showControl(registry, {
    leads: () => election.term() !== undefined,
    streams,
    instanceRegistry,
    differing: () => differing,
    judgements: () => leaderLoop.judgements(),
  });

  async function countDifferences(): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const { kind } of services) {
      const { lostMs } = settings();
      const { differences } = await readAgreement(database, kind.service, { lostMs, now: clock.now() });
      counts.set(kind.service, differences.length);
    }
    return counts;
  }

  /** Since when beats could be heard here without a break; `undefined`: the store did not answer last. */
  let hearsSince: number | undefined;
  async function lookForSilence(): Promise<void> {
    const now = clock.now();
    const since = hearsSince ?? now;
    hearsSince = undefined;
    const silent = await noteSilence(database, { control: name, now, hearsSince: since });
    hearsSince = since;
    for (const { name: watch, heardAt } of silent)
      log.warn({ watch, silentMs: now - heardAt }, 'a watch is silent: nobody may see what goes wrong here');
  }

  /** Again and again, until the process stops; what fails is tried again, and said the first time. */
  function every(ms: () => number, what: string, work: () => Promise<void>): Loop<void> {
    const waitMs = (ran: Ran<void>) => {
      if (!ran.ok && ran.failures === 1) log.warn({ err: ran.error, what }, 'this failed; it is tried again');
      return ms();
    };
    return repeat({ work, waitMs });
  }

  return {
    app,
    leads: () => election.term() !== undefined,
    ready: () => performance.now() - answeredAt < UNREADY_MS,
    async start({ host, port }) {
      await app.listen({ host, port });
      const bound = app.server.address();
      const taken = typeof bound === 'object' && bound !== null ? bound.port : port;
      if (url === '') url = `http://${host}:${taken}`;
      await Promise.all([operators.refresh(), book.refresh()]);
      loops.push(
        every(
          () => settings().termMs / 4,
          'election',
          async () => {
            await election.campaign();
            answeredAt = performance.now();
          },
        ),
        every(
          () => OPERATORS_MS,
          'operators and services',
          async () => {
            await Promise.all([operators.refresh(), book.refresh()]);
          },
        ),
        every(
          () => INSTANCES_MS,
          'instances',
          async () => {
            instanceRegistry.forget(clock.now() - FORGET_MS);
            await writeInstances(database, instanceRegistry.changed());
            differing = election.term() === undefined ? new Map() : await countDifferences();
          },
        ),
        every(() => WATCHES_MS, 'silence of watches', lookForSilence),
        leaderLoop.run(),
      );
      return taken;
    },
    async close() {
      await Promise.all(loops.map((loop) => loop.stop()));
      streams.close();
      await election.resign().catch((error: unknown) => {
        log.warn({ err: error }, 'the lead could not be given back; its term runs out');
      });
      await app.close();
    },
  };
}
