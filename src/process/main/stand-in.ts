import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { refusalForm } from '../../mpesa/api/unserved.ts';
import { operationAt } from '../../mpesa/catalogue.ts';
import { stopAccepting } from '../../serving/drain.ts';
import { writeRefusal } from '../../serving/request/refusal.ts';
import { listenTls } from '../../serving/tls.ts';
import { connectToSupervisor } from '../../supervisor/process/child.ts';
import { readEnvironment } from './environment.ts';

// Stands in for the processes of the API while none of them serves (supervisor/process/stand-in.ts): it has
// no database, no keys and no configuration, so it starts when they do not, and nothing that it is asked is
// taken.

const RETRY_AFTER_SECONDS = 2;
const MAX_CONNECTIONS = 2_000;
const DRAIN_MS = 1_000;

const link = connectToSupervisor();
const env = readEnvironment();
const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
  const [path = ''] = (request.url ?? '').split('?');
  request.resume();
  response.setHeader('Connection', 'close');
  writeRefusal(response, refusalForm(operationAt(path), 'overloaded', path), RETRY_AFTER_SECONDS);
});
server.maxConnections = MAX_CONNECTIONS;
const tls = env.tls;
// A stop that came while this process was loading is read now and ends it: an API process serves already.
await setImmediate();
await setImmediate();
if (env.socketFd !== undefined) server.listen({ fd: env.socketFd });
const overTls =
  tls?.socketFd === undefined
    ? undefined
    : await listenTls(server, {
        fd: tls.socketFd,
        certificate: readFileSync(tls.certificateFile, 'utf8'),
        key: readFileSync(tls.keyFile, 'utf8'),
        maxConnections: MAX_CONNECTIONS,
      });
link.onStop(async () => {
  // A connection that was just taken is about to ask: it gets its answer, unless nothing comes.
  const ended = Promise.all([stopAccepting(server), overTls?.close()]);
  await Promise.race([ended, sleep(DRAIN_MS)]);
});
