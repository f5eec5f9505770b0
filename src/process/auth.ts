import { runProcess } from './root.ts';
import { serveAuth } from './serve-auth.ts';

await runProcess(serveAuth);
