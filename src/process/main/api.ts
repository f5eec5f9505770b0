import { serveApi } from '../roles/api/serve-api.ts';
import { runProcess } from './run-process.ts';

await runProcess(serveApi, 'control', { waits: true });
