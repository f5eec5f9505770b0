import { runProcess } from './root.ts';
import { serveApi } from './serve-api.ts';

await runProcess(serveApi, 'control', { waits: true });
