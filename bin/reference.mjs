// `npm run reference`: writes the configuration's reference page anew from its schema.
import { runOnPinnedNode } from './run.mjs';

runOnPinnedNode(['src/process/reference.ts']);
