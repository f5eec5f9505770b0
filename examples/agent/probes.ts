import type { Agent } from '@imara/agent';
import type { schema } from './config.ts';
import type { Quotes } from './quotes.ts';

const DEADLINE_MS = 2_000;
/** While a change is under way it is judged by what is measured now. */
const CHANGING_MS = 200;
const IDLE_MS = 2_000;

/**
 * Asks what the service serves with again and again, so that a change can be judged where there is little
 * traffic.
 */
export function keepProbing(agent: Agent<typeof schema, Quotes>): void {
  const probe = async () => {
    const serving = agent.current();
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    try {
      await serving.live.rate('KES', deadline);
      agent.recordProbe('good', serving);
    } catch (error) {
      agent.recordProbe(deadline.aborted ? 'deadline' : 'error', serving, `${error}`);
    }
    const { changing, receiptDue } = agent.status();
    setTimeout(probe, changing || receiptDue ? CHANGING_MS : IDLE_MS).unref();
  };
  void probe();
}
