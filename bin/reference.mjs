// `npm run reference`: writes the reference pages that follow from the code: configuration, error codes, result codes, APIs.
import { runOnPinnedNode } from './run.mjs';

runOnPinnedNode(['src/process/document/reference.ts']);
