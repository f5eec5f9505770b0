/** What a process has to do right now, as its `/metrics` says. */
export interface Load {
  inFlight: number;
  oldestSeconds: number;
}

const ANSWER_MS = 1_000;

/**
 * Asks the process at `admin`; `undefined` when it serves no requests, or does not say so within a second.
 */
export async function askLoad(admin: string | null): Promise<Load | undefined> {
  if (admin === null) return undefined;
  try {
    const response = await fetch(`${admin}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return parseLoad(await response.text());
  } catch {
    // It is starting, stopping or silent: its load is not known.
    return undefined;
  }
}

/** Reads it from the Prometheus text format; `undefined` when these series are not in it. */
export function parseLoad(metrics: string): Load | undefined {
  const values = (name: string) =>
    [...metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].map(([, value]) =>
      Number(value),
    );
  if (!metrics.includes('# TYPE http_server_active_requests ')) return undefined;
  return {
    inFlight: values('http_server_active_requests').reduce((sum, value) => sum + value, 0),
    oldestSeconds: Math.max(0, ...values('http_server_oldest_request_age_seconds')),
  };
}
