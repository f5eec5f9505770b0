// `npm run reference`: writes the reference pages that follow from the code: configuration, error codes,
// result codes, APIs, rules, conformance.
import { runOnPinnedNode } from './run.mjs';

for (const file of ['src/process/document/reference.ts', 'test/rules/page.ts', 'test/conformance/page.ts'])
  await runOnPinnedNode([file]);
