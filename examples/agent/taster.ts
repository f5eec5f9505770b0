import type { Taste } from '@imara/agent';
import type { schema } from './config.ts';
import { createQuotes } from './quotes.ts';

export { kind } from './config.ts';

// Runs in a process of its own with each new document, before anything serves with it: whatever goes wrong
// goes wrong here.
export const taste: Taste<typeof schema> = async (document, { purpose, signal }) => {
  const quotes = createQuotes(document);
  // A way back must load; that its upstream answers today is not asked, for it may be why one leaves.
  if (purpose === 'way back') return undefined;
  try {
    await quotes.rate('KES', signal);
    return undefined;
  } catch (error) {
    // What `fetch` met with is behind its own error.
    const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : error;
    return { key: 'upstream', cause: `${document.upstream} does not answer: ${why}` };
  }
};
