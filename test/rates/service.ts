import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { rateAgent } from '../../src/agent/fixtures/service.ts';
import { signerEd25519 } from '../../src/rollout/signed/signature.ts';
import type { TrustedKey } from '../../src/rollout/signed/signed.ts';
import { createLatencyBaseline } from '../../src/serving/admission/latency-baseline.ts';

// A service that answers with its rate, whose releases can make it misbehave (`live`), in a process of its
// own.

export interface ServiceOptions {
  readonly instance: string;
  readonly environment: 'testing' | 'production';
  readonly port: number;
  readonly directory: string;
  readonly control: { readonly url: string; readonly token: string; readonly trustedKeys: TrustedKey[] };
  readonly signer: { readonly key: string; readonly privateKey: string };
  /** Who must have approved, beside the author. */
  readonly people: number;
}

/** What the process sends to the process that started it. */
export type Said = 'up' | 'cut me off';

/** Long against the noise of a shared machine. */
const WORK_MS = 40;
const SOON_MS = 300;
const PROBE_MS = 50;

const options: ServiceOptions = JSON.parse(process.argv[2] ?? '{}');
const { environment, signer, people } = options;
const isTesting = environment === 'testing';
const say = (said: Said) => process.send?.(said);

const agent = await rateAgent({
  ...options,
  demands: isTesting ? {} : { people },
  ...(isTesting
    ? { receipts: { signer: signerEd25519(signer.key, signer.privateKey), payments: 1, validMs: 600_000 } }
    : {}),
  taste: { module: new URL('../../src/agent/fixtures/rates.ts', import.meta.url), deadlineMs: 10_000 },
  apply({ rate, live }) {
    // The taste, and testing, which is one instance of few requests, see nothing of it.
    if (live !== undefined && !isTesting) setTimeout(begin, SOON_MS, live);
    return { rate };
  },
  blockedMs: 500,
});
const latencies = createLatencyBaseline({ changing: () => agent.status().changing });
const kept: unknown[] = [];

/** Soon after the switch: it was applied without a fault. */
function begin(live: string): void {
  if (live === 'spin') for (;;);
  if (live === 'crash') process.exit(1);
  if (live === 'leak') setInterval(() => kept.push(Array.from({ length: 200_000 }, (_, at) => ({ at }))), 5);
  if (live === 'cut') say('cut me off');
}

let asked = 0;
async function answer(response: ServerResponse): Promise<void> {
  const began = performance.now();
  const serving = agent.current();
  const { live } = serving.document;
  asked += 1;
  await sleep(isTesting || live !== 'triple latency' ? WORK_MS : 3 * WORK_MS);
  const fails = !isTesting && live === 'fail a fifth' && asked % 5 === 0;
  response.statusCode = fails ? 500 : 200;
  response.end(`${serving.live.rate}\n`);
  const isSlow = latencies.isSlow('rate', performance.now() - began);
  agent.recordOutcome(fails ? 'error' : isSlow ? 'slow' : 'good', serving);
}

createServer((_, response) => void answer(response)).listen(options.port, '127.0.0.1', () => {
  agent.ready();
  say('up');
});
if (isTesting) setInterval(() => agent.recordProbe('good'), PROBE_MS);
process.on('disconnect', () => process.exit(0));
