import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import type { SendRules } from '../settings.ts';
import type { Target } from './target.ts';

/** Well below what receivers keep an idle connection for (5 s and more): few close one as we write. */
const IDLE_MS = 1_000;
/** Then its name is looked up again: a receiver may have moved. */
const AGE_MS = 30_000;
/** Idle ones of a receiver. */
const MOST_IDLE = 256;

/**
 * Connections to receivers that are used again: a handshake costs both sides more than a callback. Each leads
 * to an address that was checked under the rules it is used with: under others none of them is used.
 */
export class KeptConnections {
  #agents: { http: HttpAgent; https: HttpsAgent; under: string } | undefined;

  /** For requests to this target under these rules. */
  agentFor({ protocol }: Pick<Target, 'protocol'>, { allowPrivateTargets, ca }: SendRules): HttpAgent {
    const under = `${allowPrivateTargets} ${ca}`;
    if (this.#agents?.under !== under) {
      this.close();
      const options = { keepAlive: true, timeout: IDLE_MS, maxFreeSockets: MOST_IDLE };
      this.#agents = { http: aging(new HttpAgent(options)), https: aging(new HttpsAgent(options)), under };
    }
    return protocol === 'http:' ? this.#agents.http : this.#agents.https;
  }

  close(): void {
    this.#agents?.http.destroy();
    this.#agents?.https.destroy();
    this.#agents = undefined;
  }
}

/** Whether the next request to this target gets a connection that was kept. */
export function hasIdle(agent: HttpAgent, { hostname, port }: Target): boolean {
  const servername = isIP(hostname) === 0 ? hostname : '';
  const name = agent.getName({ host: hostname, port, ...(agent instanceof HttpsAgent && { servername }) });
  return (agent.freeSockets[name]?.length ?? 0) > 0;
}

/** A connection that is older than `AGE_MS` is closed once it is free. */
function aging<Agent extends HttpAgent>(agent: Agent): Agent {
  const ends = new WeakMap<object, number>();
  const keep = agent.keepSocketAlive.bind(agent);
  agent.keepSocketAlive = (socket) => {
    const now = performance.now();
    const end = ends.get(socket) ?? now + AGE_MS;
    ends.set(socket, end);
    return now < end && keep(socket);
  };
  return agent;
}
