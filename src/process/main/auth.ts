import { serveAuth } from '../roles/serve-auth.ts';
import { runProcess } from './run-process.ts';

await runProcess(serveAuth);
