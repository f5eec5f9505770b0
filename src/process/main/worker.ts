import { serveWorker } from '../roles/serve-worker.ts';
import { runProcess } from './run-process.ts';

await runProcess(serveWorker, 'control', { waits: true });
