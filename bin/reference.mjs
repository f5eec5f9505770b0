// `npm run reference`: writes the reference pages that follow from the code: configuration, environment,
// error codes, result codes, APIs, control's API, rules,
// conformance.
import { runOnPinnedNode } from './run.mjs';

for (const file of [
  'src/process/document/reference.ts',
  'test/rules/page.ts',
  'test/conformance/page.ts',
  'src/watch/settings/page.ts',
])
  await runOnPinnedNode([file]);
