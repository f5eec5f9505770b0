import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { Value } from 'typebox/value';
import type { JsonObject } from '../src/config/canonical.ts';
import { newRelease, type Release } from '../src/config/release.ts';
import {
  type AgentMessage,
  agentPaths,
  type ControlEvent,
  controlEventText,
  Report,
  wireLimits,
} from '../src/rollout/protocol.ts';
import type { Offer } from '../src/rollout/signed/envelope.ts';
import { newKeyPair, signerEd25519 } from '../src/rollout/signed/signature.ts';
import { type Signer, sign, type TrustedKey } from '../src/rollout/signed/signed.ts';
import { until } from './until.ts';

/** A control plane of one instance that speaks the agent protocol and decides nothing: the test does. */
export interface FakeControl {
  readonly url: string;
  readonly token: string;
  readonly trustedKeys: TrustedKey[];
  readonly testing: Signer;
  /** Whether beats of a lent release are answered by a renewal. */
  renewing: boolean;
  /** Every message, once, in order. */
  readonly messages: AgentMessage[];
  readonly reports: Report[];
  /** `Last-Event-ID` of each stream that was opened. */
  readonly resumedFrom: (string | undefined)[];
  release(content: JsonObject): Release;
  /** Signed and approved, with a receipt from testing; `change` spoils it. */
  offer(release: Release, change?: Partial<Offer>): Offer;
  prove(offer: Offer): void;
  undo(event: Omit<ControlEvent & { type: 'undo' }, 'type'>): void;
  send(event: ControlEvent): void;
  told<Type extends AgentMessage['type']>(type: Type): Promise<AgentMessage & { type: Type }>;
  /** Nobody answers any more, as after `kill -9`. */
  stop(): Promise<void>;
  /** On the same port, with what it knew. */
  start(): Promise<void>;
}

export interface FakeControlOptions {
  service: string;
  schema: string;
  environment: string;
  instance: string;
  leaseMs?: number;
}

export async function fakeControl(options: FakeControlOptions): Promise<FakeControl> {
  const { service, schema, environment, instance, leaseMs = 2_000 } = options;
  const keys = { control: party('control'), amina: party('amina'), testing: party('test-1') };
  const token = 'agent-token';
  const messages: AgentMessage[] = [];
  const reports: Report[] = [];
  const resumedFrom: (string | undefined)[] = [];
  const streams = new Set<ServerResponse>();
  const sockets = new Set<Socket>();
  const events: { id: number; event: ControlEvent }[] = [];
  let order = 0;
  let sequence = 0;
  let port = 0;
  let acknowledged = 0;

  const server = createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) return void response.writeHead(401).end();
    const path = request.url?.split('?')[0];
    if (request.method === 'GET' && path === agentPaths.stream) return follow(request, response);
    if (request.method === 'POST' && path === agentPaths.report) return void takeReport(request, response);
    response.writeHead(404).end();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  function follow(request: IncomingMessage, response: ServerResponse): void {
    const { 'last-event-id': last } = request.headers;
    resumedFrom.push(typeof last === 'string' ? last : undefined);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
    for (const { id, event } of events) {
      if (id > Number(last ?? 0)) response.write(controlEventText(event, id));
    }
    streams.add(response);
    const alive = setInterval(() => response.write(':\n\n'), wireLimits.keepAliveMs);
    response.on('close', () => {
      clearInterval(alive);
      streams.delete(response);
    });
  }

  async function takeReport(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const report: unknown = JSON.parse(await text(request));
    if (!Value.Check(Report, report)) {
      return void response.writeHead(400).end(JSON.stringify(Value.Errors(Report, report)));
    }
    reports.push(report);
    for (const { seq, message } of report.messages) {
      if (seq > acknowledged) messages.push(message);
      acknowledged = Math.max(acknowledged, seq);
    }
    response.end(JSON.stringify({ acknowledged, nextBeatMs: 50 }));
    const { phase, rollout, running, beat } = report;
    if (!control.renewing || phase !== 'lent' || rollout === null || running === null) return;
    const body = { kind: 'imara.renewal/1' as const, rollout, hash: running, instance, beat, leaseMs };
    write(controlEventText({ type: 'renewal', renewal: sign(body, keys.control.signer) }));
  }

  function write(text: string): void {
    for (const stream of streams) stream.write(text);
  }

  const control: FakeControl = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    token,
    trustedKeys: [
      trusted(keys.control, 'control'),
      trusted(keys.amina, 'person'),
      { ...trusted(keys.testing, 'instance'), environment: 'testing' },
    ],
    testing: keys.testing.signer,
    renewing: true,
    messages,
    reports,
    resumedFrom,
    release(content) {
      sequence += 1;
      return newRelease({
        service,
        schema,
        sequence,
        content,
        parent: null,
        author: 'wanjiru',
        reason: 'a test',
        createdAt: Date.now(),
      });
    },
    offer(release, change = {}) {
      order += 1;
      const rollout = `rollout-${order}`;
      const undoTo = reports.at(-1)?.good ?? null;
      const now = Date.now();
      const body: Offer = {
        kind: 'imara.offer/1',
        order,
        rollout,
        instance,
        environment,
        release,
        undoTo,
        leaseMs,
        breakGlass: false,
        receipts: [
          sign(
            {
              kind: 'imara.receipt/1',
              service,
              hash: release.hash,
              environment: 'testing',
              instance: 'test-1',
              verdict: 'passed',
              payments: 20,
              issuedAt: now,
              expiresAt: now + 3_600_000,
            },
            keys.testing.signer,
          ),
        ],
        approvals: [
          sign(
            {
              kind: 'imara.approval/1',
              rollout,
              service,
              environment,
              release: release.hash,
              undoTo,
              person: 'amina',
              breakGlass: false,
              at: now,
            },
            keys.amina.signer,
          ),
        ],
        ...change,
      };
      control.send({ type: 'offer', envelope: sign(body, keys.control.signer) });
      return body;
    },
    prove({ rollout, release: { hash } }) {
      const body = { kind: 'imara.proof/1' as const, rollout, hash, instance };
      control.send({ type: 'proof', proof: sign(body, keys.control.signer) });
    },
    undo: (event) => control.send({ type: 'undo', ...event }),
    send(event) {
      const id = events.length + 1;
      events.push({ id, event });
      write(controlEventText(event, id));
    },
    told: (type) =>
      until(
        `the agent tells ${type}`,
        () => {
          const found = messages.find((message) => message.type === type);
          return found === undefined ? false : (found as AgentMessage & { type: typeof type });
        },
        { everyMs: 10 },
      ),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
    async start() {
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('a listening server has a port');
      port = address.port;
    },
  };
  await control.start();
  return control;
}

interface Party {
  owner: string;
  publicKey: string;
  signer: Signer;
}

function party(owner: string): Party {
  const { publicKey, privateKey } = newKeyPair();
  return { owner, publicKey, signer: signerEd25519(`key-of-${owner}`, privateKey) };
}

function trusted({ owner, publicKey, signer }: Party, role: TrustedKey['role']): TrustedKey {
  return { id: signer.key, owner, publicKey, role };
}
