import { runProcess } from './root.ts';

// The control plane. At this stage it only serves its health.
await runProcess(async () => async () => {});
