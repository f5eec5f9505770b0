import { serveWorker } from '../roles/worker/serve-worker.ts';
import { runProcess } from './run-process.ts';

await runProcess(serveWorker, 'control', { waits: true });
