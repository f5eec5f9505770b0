import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createAgent, createLog, systemClock } from '@imara/agent';
import { kind } from './config.ts';
import { createQuotes } from './quotes.ts';

const DEADLINE_MS = 2_000;
const {
  PORT = '0',
  CONTROL_URL = '',
  CONTROL_TOKEN = '',
  TRUSTED_KEYS = '',
  AGENT_DIRECTORY = '.agent',
} = process.env;

const agent = await createAgent({
  schema: kind,
  environment: 'production',
  instance: 'quotes-1',
  directory: AGENT_DIRECTORY,
  control: {
    url: CONTROL_URL,
    token: CONTROL_TOKEN,
    trustedKeys: JSON.parse(readFileSync(TRUSTED_KEYS, 'utf8')),
  },
  taste: { module: new URL('./taster.ts', import.meta.url) },
  apply: createQuotes,
  defaults: JSON.parse(readFileSync(new URL('./defaults.json', import.meta.url), 'utf8')),
  clock: systemClock,
  log: createLog('quotes'),
});

const server = createServer(async (_, response) => {
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
server.listen(Number(PORT), '127.0.0.1', () => {
  agent.ready();
  console.log(JSON.stringify(server.address()));
});

process.on('SIGTERM', async () => {
  server.close();
  await agent.close();
});
