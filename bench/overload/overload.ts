import { fetch } from 'undici';
import { until } from '../../test/until.ts';
import { kill } from '../children.ts';
import { type Bench, type Figure, median } from '../report.ts';
import { CLIENT_CORE, load, percentile, pinned, start, withServer } from './serving-rig.ts';

const EDGE_PORT = 18_474;
const EDGE = { maxconn: 16, queue: 40 };
const BUCKETS_A_SECOND = 4;
const CONNECTIONS = 16;
const FACTORS = [1, 2, 5, 10];

/**
 * How one API process fares when far more comes than it can serve: without admission, with it, and behind the
 * edge.
 */
export const overload: Bench = async ({ seconds, log }) =>
  withServer(['--bare'], async (reference) => {
    const figures: Figure[] = [];
    const capacities: number[] = [];
    let lagMs = 0;

    /** Of a plain server, now: a machine does not give the same all the time. */
    async function capacityNow(): Promise<number> {
      const { ok } = await load(reference, [{ rate: 0, seconds: 1.5 }], { closed: CONNECTIONS });
      capacities.push(ok / 1.5);
      return ok / 1.5;
    }

    async function measure(what: string, port: number, factor: number, reach: boolean): Promise<void> {
      const before = await capacityNow();
      const seen = await load(port, [{ rate: before * factor, seconds }]);
      const capacity = (before + (await capacityNow())) / 2;
      lagMs = Math.max(lagMs, seen.lagMs);
      const name = `${what} · ${factor}×`;
      const goodput = seen.ok / seconds / capacity;
      const late = seen.timedOut + seen.failed;
      figures.push(
        { what: `${name}: goodput / capacity`, value: goodput, unit: '×', ...atLeast(0.9, reach) },
        { what: `${name}: clients timed out`, value: late, unit: 'req', ...atMost(0, reach) },
        { what: `${name}: refused`, value: (100 * seen.refused) / seen.sent, unit: '%' },
        { what: `${name}: p99 of accepted`, value: percentile(seen.okMs, 0.99), unit: 'ms' },
      );
      log(
        `${name}: ${goodput.toFixed(2)} of ${capacity.toFixed(0)}/s, ${late} late, ${seen.refused} refused`,
      );
    }

    /** A first stretch warms the code and lets the limits learn. */
    const warm = async (port: number) => load(port, [{ rate: (await capacityNow()) / 2, seconds: 3 }]);
    await load(reference, [{ rate: 0, seconds: 2 }], { closed: CONNECTIONS });

    await withServer(['--bare'], async (port) => {
      await warm(port);
      for (const factor of FACTORS) await measure('no admission', port, factor, false);
    });
    await withServer([], async (port) => {
      await warm(port);
      for (const factor of FACTORS) await measure('in process', port, factor, factor === 2);
    });
    await withServer([], async (port, admin) =>
      withEdge(port, admin, async () => {
        await warm(EDGE_PORT);
        for (const factor of FACTORS) await measure('edge', EDGE_PORT, factor, factor >= 5);
      }),
    );
    const recoverySeconds = await withServer([], async (port) => {
      await warm(port);
      const capacity = await capacityNow();
      const spike = { rate: 5 * capacity, seconds: 3 };
      const calm = { rate: 0.6 * capacity, seconds: 6 };
      const { okByBucket } = await load(port, [spike, calm]);
      return recovery(okByBucket.slice(spike.seconds * BUCKETS_A_SECOND), calm.rate / BUCKETS_A_SECOND);
    });
    figures.push({
      what: 'in process: full goodput after a spike of 5×',
      value: recoverySeconds,
      unit: 's',
      ...atMost(5, true),
    });
    figures.unshift({ what: 'capacity, median', value: median(capacities), unit: 'req/s' });
    return { bench: 'overload', figures, notes: notes(seconds, capacities, lagMs) };
  });

function notes(seconds: number, capacities: readonly number[], lagMs: number): string[] {
  return [
    `1 ms of work and 4 ms of waiting a request; ${seconds} s each; open loop, a new connection when none is free`,
    'clients give up after 500 ms',
    `capacity is a plain server's with ${CONNECTIONS} connections, measured before and after each stretch: ${Math.min(...capacities).toFixed(0)}–${Math.max(...capacities).toFixed(0)}/s`,
    `edge: HAProxy, ${EDGE.maxconn} requests in the process, ${EDGE.queue} in the queue for at most 50 ms`,
    pinned
      ? 'the API process has one core, generator and edge share the other'
      : 'processes are not pinned to cores (no taskset, or one core)',
    `the generator was at most ${lagMs.toFixed(0)} ms late`,
  ];
}

const atLeast = (value: number, bar: boolean): Pick<Figure, 'reach'> =>
  bar ? { reach: { at: 'least', value } } : {};
const atMost = (value: number, bar: boolean): Pick<Figure, 'reach'> =>
  bar ? { reach: { at: 'most', value } } : {};

/**
 * Seconds until a quarter second with at least nine tenths of what was offered in it, counted from the end of
 * the spike.
 */
function recovery(okByBucket: readonly (number | null)[], offered: number): number {
  const at = okByBucket.findIndex((ok) => (ok ?? 0) >= 0.9 * offered);
  return at === -1 ? Number.POSITIVE_INFINITY : at / BUCKETS_A_SECOND;
}

async function withEdge<T>(port: number, adminPort: number, work: () => Promise<T>): Promise<T> {
  const child = start(CLIENT_CORE, 'haproxy', ['-f', 'deploy/haproxy/haproxy.cfg'], {
    IMARA_LISTEN: `127.0.0.1:${EDGE_PORT}`,
    IMARA_API_1: `127.0.0.1:${port}`,
    IMARA_ADMIN_1: String(adminPort),
    // There is one process; the other place is found empty and left out.
    IMARA_API_2: '127.0.0.1:1',
    IMARA_ADMIN_2: '1',
    IMARA_PROCESS_MAXCONN: String(EDGE.maxconn),
    IMARA_QUEUE: String(EDGE.queue),
  });
  try {
    const url = `http://127.0.0.1:${EDGE_PORT}/pay`;
    const answers = () =>
      fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).then(
        ({ ok }) => ok,
        () => false,
      );
    await until('the edge answers', answers);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    return await work();
  } finally {
    await kill(child);
  }
}
