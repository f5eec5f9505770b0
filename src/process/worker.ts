import { runProcess } from './root.ts';
import { serveWorker } from './serve-worker.ts';

await runProcess(serveWorker, 'control', { waits: true });
