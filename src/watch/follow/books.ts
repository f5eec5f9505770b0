import { ask } from '../check/http.ts';
import type { Exact, Incident } from '../incident/incident.ts';
import type { Entry } from '../journal/entry.ts';
import { within } from '../loop/within.ts';

export interface BooksOptions {
  /** Base URL of control. */
  readonly url: string;
  /** Of an operator who may look. */
  readonly token: string;
  readonly now: () => number;
  readonly wall: () => number;
  readonly incidents: () => readonly Incident[];
  /** Called with what the books say of one, once. */
  readonly answered: (entry: Entry) => void;
}

const LOOK_MS = 1_000;
const ANSWER_MS = 10_000;
/** After a question that was in vain; each time twice as long as before. */
const [FIRST_MS, LONGEST_MS] = [2_000, 300_000];
/** What was taken in the incident has ended by then; what has not is left out. */
const OPEN_MS = 600_000;
/** Nobody waits for the answer any more. */
const GIVEN_UP_MS = 7 * 86_400_000;

/**
 * Asks the books of each incident that is over how many payments failed, of what amount, and whose. These are
 * away with what broke, so they are asked again, later each time, until they answer. One question at a time,
 * each with a deadline. Returns what ends it.
 */
export function keepAskingBooks(options: BooksOptions): () => void {
  const { now, wall, incidents, answered } = options;
  const next = new Map<string, { at: number; waitMs: number }>();
  let asking = false;
  const askFor = async (incident: Incident): Promise<void> => {
    const waitMs = next.get(incident.id)?.waitMs ?? FIRST_MS;
    try {
      const { openPayments, ...exact } = await within(ANSWER_MS, 'control', (signal) =>
        impactOf(incident, options, signal),
      );
      const isYoung = wall() - (incident.resolvedAt ?? 0) < OPEN_MS;
      if (openPayments > 0 && isYoung) throw new Error(`${openPayments} payments have not ended yet`);
      next.delete(incident.id);
      answered(entryOf(incident, exact, wall()));
    } catch {
      // It is not known yet, which is what the report says.
      next.set(incident.id, { at: now() + waitMs, waitMs: Math.min(2 * waitMs, LONGEST_MS) });
    }
  };
  const timer = setInterval(() => {
    const due = incidents().find(
      ({ id, phase, exact, resolvedAt }) =>
        phase === 'resolved' &&
        exact === null &&
        wall() - (resolvedAt ?? 0) < GIVEN_UP_MS &&
        (next.get(id)?.at ?? 0) <= now(),
    );
    if (asking || due === undefined) return;
    asking = true;
    void askFor(due).finally(() => {
      asking = false;
    });
  }, LOOK_MS);
  return () => clearInterval(timer);
}

/** From its first bad request until none of its alarms was open. */
const periodOf = ({ onset, clearSince, resolvedAt }: Incident) => ({
  from: new Date(onset).toISOString(),
  to: new Date(clearSince ?? resolvedAt ?? onset).toISOString(),
});

async function impactOf(
  incident: Incident,
  { url, token }: BooksOptions,
  signal: AbortSignal,
): Promise<Exact & { openPayments: number }> {
  const query = new URLSearchParams(periodOf(incident));
  const headers = { authorization: `Bearer ${token}` };
  const { status, text } = await ask(`${url}/v1/payments/impact?${query}`, signal, { headers });
  if (status !== 200) throw new Error(`control answers ${status}: ${text.slice(0, 200)}`);
  const { failedPayments, amountCents, merchants, openPayments } = JSON.parse(text) as Record<
    string,
    unknown
  >;
  const areCounts = [failedPayments, merchants, openPayments].every(Number.isSafeInteger);
  if (!areCounts || typeof amountCents !== 'string' || !/^\d+$/.test(amountCents))
    throw new Error('its answer is of another form');
  return {
    failedPayments: Number(failedPayments),
    amountCents,
    merchants: Number(merchants),
    openPayments: Number(openPayments),
  };
}

function entryOf(incident: Incident, exact: Exact, at: number): Entry {
  return {
    ...{ at, source: 'watch', kind: 'impact.exact', subject: incident.id, ids: { incident: incident.id } },
    data: { ...exact, ...periodOf(incident) },
  };
}
