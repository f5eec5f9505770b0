import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { kill, nextMessage } from '../children.ts';
import { type Fault, faults } from './faults.ts';

/** An instance that is given one fault, under load. */
export interface Subject {
  /** Unlike any other, and the beginning of no other one's. */
  readonly service: string;
  readonly fault: Fault;
  readonly url: string;
  readonly admin: string;
  /** Begins now. */
  begin(): void;
  close(): Promise<void>;
}

const RATE = 50;
/** Of the requests; the others are pushes. */
const PAYOUTS = 0.2;
const CLIENT_MS = 5_000;

/** One for each fault, each at 50 requests a second. */
export function startSubjects(copies: number): Promise<Subject[]> {
  const all = Array.from({ length: copies }, (_, copy) =>
    faults.map((fault, index) => ({ fault, copy, index })),
  );
  return Promise.all(all.flat().map(({ fault, copy, index }) => start(`s${copy + 1}-${index + 1}`, fault)));
}

async function start(service: string, fault: Fault): Promise<Subject> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'instance.ts'), [service], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { port, admin } = await nextMessage<{ port: number; admin: number }>(child, service);
  const url = `http://127.0.0.1:${port}`;
  const end = keepAsking(url);
  return {
    service,
    fault,
    url,
    admin: `http://127.0.0.1:${admin}`,
    begin: () => child.send({ fault }),
    async close() {
      end();
      await kill(child);
    },
  };
}

/** Requests that come by chance, 50 a second; whoever is not answered leaves after five seconds. */
function keepAsking(url: string): () => void {
  const agent = new Agent({ connections: 300, pipelining: 1 });
  const ask = async (): Promise<void> => {
    const path = Math.random() < PAYOUTS ? '/payout' : '/push';
    try {
      const { body } = await request(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
        dispatcher: agent,
        signal: AbortSignal.timeout(CLIENT_MS),
      });
      await body.dump();
    } catch {
      // What the clients feel is not measured here.
    }
  };
  let timer: NodeJS.Timeout;
  const next = (): void => {
    timer = setTimeout(next, (-Math.log(1 - Math.random()) / RATE) * 1_000);
    void ask();
  };
  next();
  return () => {
    clearTimeout(timer);
    void agent.destroy();
  };
}
