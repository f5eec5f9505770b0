import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createAgent, createLog, instanceSigner, systemClock } from '@imara/agent';
import { kind } from './config.ts';
import { keepProbing } from './probes.ts';
import { createQuotes } from './quotes.ts';

const DEADLINE_MS = 2_000;
// `node service.ts ENVIRONMENT INSTANCE PORT`
const [, , environment = '', instance = '', port = ''] = process.argv;
const { CONTROL_URL = '' } = process.env;

const agent = await createAgent({
  schema: kind,
  environment,
  instance,
  directory: `agents/${instance}`,
  control: {
    url: CONTROL_URL,
    token: readFileSync('token', 'utf8').trim(),
    trustedKeys: JSON.parse(readFileSync('keys.json', 'utf8')),
  },
  taste: { module: new URL('./taster.ts', import.meta.url) },
  apply: createQuotes,
  defaults: JSON.parse(readFileSync(new URL('./defaults.json', import.meta.url), 'utf8')),
  // In testing it signs that a release went through its probes: production takes no other (R2).
  ...(environment === 'testing' && {
    receipts: {
      signer: instanceSigner(readFileSync(`${instance}.pem`, 'utf8')),
      payments: 5,
      validMs: 600_000,
    },
  }),
  clock: systemClock,
  log: createLog(instance),
});

const server = createServer(async (request, response) => {
  if (request.url === '/status') {
    const status = agent.status();
    response.writeHead(status.connected.report ? 200 : 503).end(`${JSON.stringify(status)}\n`);
    return;
  }
  // Asked once for each request, which ends with what it began with.
  const serving = agent.current();
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  try {
    const rate = await serving.live.rate('KES', deadline);
    agent.recordOutcome('good', serving);
    response.end(`${rate}\n`);
  } catch (error) {
    agent.recordOutcome(deadline.aborted ? 'deadline' : 'error', serving);
    response.writeHead(502).end('no rate\n');
    // Late NACK: the value was accepted, and does not work.
    agent.valueFailed(['upstream'], `${error}`, serving);
  }
});
server.listen(Number(port), '127.0.0.1', () => {
  agent.ready();
  keepProbing(agent);
});

process.on('SIGTERM', async () => {
  server.close();
  await agent.close();
});
