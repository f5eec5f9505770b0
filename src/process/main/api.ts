import { serveApi } from '../roles/serve-api.ts';
import { runProcess } from './run-process.ts';

await runProcess(serveApi, 'control', { waits: true });
