import { Agent, request } from 'node:http';

export interface Load {
  /** Since the last `reset`. */
  readonly answered: number;
  readonly failed: number;
  reset(): void;
  stop(): void;
}

const CALL_MS = 2_000;
const EVERY_MS = 10;

/**
 * A hundred requests a second, to each of the ports in turn. Whatever is not a 200 within two seconds has
 * failed.
 */
export function startLoad(ports: readonly number[]): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  let answered = 0;
  let failed = 0;
  let turn = 0;
  const send = () => {
    const port = ports[turn++ % ports.length];
    const signal = AbortSignal.timeout(CALL_MS);
    request({ host: '127.0.0.1', port, agent, signal }, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === 200) answered += 1;
        else failed += 1;
      });
      response.once('error', () => {
        failed += 1;
      });
    })
      .once('error', () => {
        failed += 1;
      })
      .end();
  };
  const timer = setInterval(send, EVERY_MS);
  return {
    get answered() {
      return answered;
    },
    get failed() {
      return failed;
    },
    reset() {
      answered = 0;
      failed = 0;
    },
    stop() {
      clearInterval(timer);
      agent.destroy();
    },
  };
}
