import { promises as dns } from 'node:dns';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../platform/clock.ts';
import { Deadline, DeadlineExceeded, within } from '../../../platform/deadline.ts';
import type { ServerAddress } from './address.ts';
import { errorCode, type Failure, failure } from './failure.ts';

/** One place to connect to. */
export interface Endpoint {
  secure: boolean;
  ip: string;
  port: number;
  /** What the certificate must name, and the host of the request. */
  name: string;
}

export type Resolved = { ok: true; endpoints: readonly Endpoint[] } | Failure;

export interface DnsSettings {
  dnsServers: readonly string[];
  resolveTimeoutMs: number;
}

/**
 * The three questions the resolver asks; `dns.Resolver` answers them off the thread pool of `getaddrinfo`.
 */
export interface DnsQueries {
  resolve4(name: string): Promise<{ address: string; ttl: number }[]>;
  resolve6(name: string): Promise<{ address: string; ttl: number }[]>;
  resolveSrv(name: string): Promise<{ name: string; port: number; priority: number; weight: number }[]>;
  cancel(): void;
}

/** A name that was found: asked again from `refreshAtMs`, used until `staleAtMs`. */
interface Entry {
  endpoints: readonly Endpoint[];
  refreshAtMs: number;
  staleAtMs: number;
}

interface Found {
  endpoints: readonly Endpoint[];
  ttlSeconds: number;
}

const shortestTtlMs = 5_000;
const longestTtlMs = 60_000;
/** Addresses that were right are used for a day when DNS is gone. */
const staleMs = 24 * 3_600_000;
const negativeMs = 1_000;
const mostNames = 64;
const mostEndpoints = 16;

/**
 * Turns addresses into endpoints. A known name is answered at once, from stale addresses too, and asked again
 * in the background at 80 % of its time to live; an unknown name is asked by one lookup, however many wait
 * for it, and a name that failed is not asked again for a second.
 */
export function createResolver({
  settings,
  clock,
  queries = systemQueries,
}: {
  settings: () => DnsSettings;
  clock: Clock;
  queries?: (settings: DnsSettings) => DnsQueries;
}) {
  const known = new LRUCache<string, Entry>({ max: mostNames });
  const failed = new LRUCache<string, { failure: Failure; untilMs: number }>({ max: mostNames });
  const lookups = new Map<string, Promise<Resolved>>();

  /** Never later than the deadline; settles at once for what is known. */
  async function resolve(address: ServerAddress, deadline: Deadline): Promise<Resolved> {
    const fixed = withoutDns(address);
    if (fixed !== undefined) return { ok: true, endpoints: fixed };
    const key = JSON.stringify(address);
    const now = clock.now();
    const entry = known.get(key);
    const denied = failed.get(key);
    const rests = denied !== undefined && now < denied.untilMs;
    if (entry !== undefined && now < entry.staleAtMs) {
      if (now >= entry.refreshAtMs && !rests) void lookup(key, address);
      return { ok: true, endpoints: entry.endpoints };
    }
    if (rests) return denied.failure;
    return within(deadline, 'lookup', () => lookup(key, address)).catch((error: unknown) =>
      lookupFailure(address, error),
    );
  }

  function lookup(key: string, address: ServerAddress): Promise<Resolved> {
    const running = lookups.get(key);
    if (running !== undefined) return running;
    if (lookups.size >= mostNames) return Promise.resolve(failure('busy', 'too many lookups'));
    const lookup = asked(address)
      .then((found): Resolved => {
        if (found.endpoints.length === 0) {
          return failure('name_not_found', `${nameOf(address)} has no address`);
        }
        const ttlMs = Math.min(Math.max(found.ttlSeconds * 1_000, shortestTtlMs), longestTtlMs);
        const now = clock.now();
        known.set(key, { ...found, refreshAtMs: now + ttlMs * 0.8, staleAtMs: now + staleMs });
        return { ok: true, endpoints: found.endpoints };
      })
      .catch((error: unknown): Resolved => lookupFailure(address, error))
      .then((outcome) => {
        lookups.delete(key);
        if (!outcome.ok) failed.set(key, { failure: outcome, untilMs: clock.now() + negativeMs });
        return outcome;
      });
    lookups.set(key, lookup);
    return lookup;
  }

  async function asked(address: ServerAddress): Promise<Found> {
    const dnsQueries = queries(settings());
    try {
      return await within(Deadline.in(settings().resolveTimeoutMs), 'lookup', () => ask(dnsQueries, address));
    } finally {
      // Closes its sockets and ends its timers: a silent resolver leaves nothing behind.
      dnsQueries.cancel();
    }
  }

  return { resolve };
}

export type Resolver = ReturnType<typeof createResolver>;

function withoutDns(address: ServerAddress): Endpoint[] | undefined {
  if (address.kind === 'ip') {
    return [{ secure: address.secure, ip: address.ip, port: address.port, name: address.ip }];
  }
  if (address.kind === 'host' && /^(.+\.)?localhost\.?$/.test(address.name)) {
    // RFC 6761: loopback, without asking anyone.
    return [{ secure: address.secure, ip: '127.0.0.1', port: address.port, name: address.name }];
  }
  return undefined;
}

async function ask(dnsQueries: DnsQueries, address: ServerAddress): Promise<Found> {
  if (address.kind === 'ip') return { endpoints: [], ttlSeconds: 0 };
  const { secure } = address;
  const hosts =
    address.kind === 'host'
      ? [{ name: address.name, port: address.port }]
      : (await dnsQueries.resolveSrv(address.name))
          .toSorted((a, b) => a.priority - b.priority || b.weight - a.weight)
          .slice(0, mostEndpoints);
  const found = await Promise.all(
    hosts.map(async ({ name, port }) => {
      const records = await hostRecords(dnsQueries, name).catch((error: unknown) => {
        // One target of several that does not resolve does not spoil the others.
        if (hosts.length === 1) throw error;
        return [];
      });
      return records.map(({ address: ip, ttl }) => ({ endpoint: { secure, ip, port, name }, ttl }));
    }),
  );
  const all = found.flat().slice(0, mostEndpoints);
  return {
    endpoints: all.map(({ endpoint }) => endpoint),
    ttlSeconds: Math.min(...all.map(({ ttl }) => ttl)),
  };
}

async function hostRecords(
  dnsQueries: DnsQueries,
  name: string,
): Promise<{ address: string; ttl: number }[]> {
  const records = await dnsQueries.resolve4(name).catch((error: unknown) => {
    if (errorCode(error) === 'ENODATA') return [];
    throw error;
  });
  return records.length > 0 ? records : dnsQueries.resolve6(name);
}

function lookupFailure(address: ServerAddress, error: unknown): Failure {
  const code = errorCode(error);
  if (error instanceof DeadlineExceeded || code === 'ETIMEOUT') {
    return failure('resolver_timeout', `no resolver answered for ${nameOf(address)}`);
  }
  if (code === 'ERR_INVALID_IP_ADDRESS') {
    return failure('invalid_settings', 'a DNS server in the settings is not an address');
  }
  const absent = code === 'ENOTFOUND' || code === 'ENODATA';
  return failure(absent ? 'name_not_found' : 'resolver_failed', `${nameOf(address)}: ${code}`);
}

function nameOf(address: ServerAddress): string {
  return address.kind === 'ip' ? address.ip : address.name;
}

function systemQueries({ dnsServers, resolveTimeoutMs }: DnsSettings): DnsQueries {
  // A resolver a lookup: cancelling one cancels all of its queries.
  const resolver = new dns.Resolver({ timeout: Math.max(1, Math.ceil(resolveTimeoutMs / 2)), tries: 2 });
  if (dnsServers.length > 0) resolver.setServers(dnsServers);
  return {
    resolve4: (name) => resolver.resolve4(name, { ttl: true }),
    resolve6: (name) => resolver.resolve6(name, { ttl: true }),
    resolveSrv: (name) => resolver.resolveSrv(name),
    cancel: () => resolver.cancel(),
  };
}
