import type { Clock } from '../../../platform/clock.ts';
import { Deadline, DeadlineExceeded, within } from '../../../platform/deadline.ts';
import type { Log } from '../../../platform/log.ts';
import { keepRefreshing } from '../../refresh.ts';
import { paths } from '../../wire.ts';
import type { AuthClientSettings } from '../settings.ts';
import { unexpectedStatus } from '../transport/failure.ts';
import type { Reading, Servers } from '../transport/servers.ts';
import { type KnownKey, type KnownKeys, mergeKeys, oursOf, parseKeys } from './key-set.ts';
import { parseSeed, type SeedStore, seedText } from './seed.ts';

export interface Keys {
  /** A key that may be used now; touches nothing but memory. */
  get(id: string): KnownKey | undefined;
  /**
   * Those of a generation that may be used now: one, or none. Two keys share a generation once in a thousand.
   */
  ofGeneration(generation: number): readonly KnownKey[];
  /**
   * A generation that is not known: the servers are asked at most once per interval, however many want to
   * know, and waited for no longer than the small wait of the settings. `unknown`: a server was asked and
   * does not publish it either.
   */
  find(generation: number, deadline: Deadline): Promise<readonly KnownKey[] | 'unknown' | 'unavailable'>;
  /** Settles when there are keys, or none on the disk; after a while in any case. */
  loaded: Promise<void>;
  /** Seconds since a server last published the keys; infinite when there are none. */
  ageSeconds(): number;
  close(): void;
}

/** Most calls that wait for a key at once; further ones get `unavailable` at once. */
const mostWaiting = 1_000;
/** A process that boots on a busy machine blocks its own loop for longer than a disk takes. */
const seedTimeoutMs = 3_000;
const seedRewriteMs = 600_000;

/** Holds the key set: seeded from disk, refreshed in the background, served stale when no server answers. */
export function createKeys({
  settings,
  clock,
  log,
  servers,
  seed,
}: {
  settings: () => AuthClientSettings;
  clock: Clock;
  log: Log;
  servers: Servers;
  seed: SeedStore | undefined;
}): Keys {
  let keys: KnownKeys = new Map();
  let refreshedAtMs = Number.NEGATIVE_INFINITY;
  let lastRefreshGood = false;
  let askedForUnknownAtMs = Number.NEGATIVE_INFINITY;
  let waiting = 0;
  let seedWrittenAtMs = Number.NEGATIVE_INFINITY;
  /** A write waits for the disk to be read. */
  let seedAwaited = false;

  // However late the disk is, what it has is better than nothing; who waits for it does not wait that long.
  const seedRead = readSeed();
  const seeded = within(Deadline.in(seedTimeoutMs), 'seed', () => seedRead).catch((error: unknown) =>
    log.info({ err: error }, 'the disk has not said yet which keys to start with'),
  );
  const refreshing = keepRefreshing({
    intervalMs: () => settings().keyRefreshSeconds * 1_000,
    timeoutMs: 10_000,
    longestRetryMs: 10_000,
    onError: (error) => log.error({ err: error }, 'keys could not be refreshed'),
    work: refresh,
  });

  async function refresh(deadline: Deadline): Promise<boolean> {
    const read: Reading<KnownKeys> = ({ status, body }) => {
      if (status !== 200) return unexpectedStatus(status);
      const parsed = parseKeys(body, settings().issuer, clock.now());
      return parsed.ok ? { ok: true, value: parsed.keys } : parsed;
    };
    const asked = await servers.ask({ method: 'GET', path: paths.keys }, read, deadline);
    lastRefreshGood = asked.ok;
    if (!asked.ok) {
      log.warn(
        { cause: asked.cause, detail: asked.detail, ageSeconds: ageSeconds() },
        'no server published keys',
      );
      return false;
    }
    const before = oursOf(keys);
    const continues = merge(keys, asked.value);
    refreshedAtMs = clock.now();
    if (continues) writeSeed([...oursOf(keys).keys()].some((id) => !before.has(id)));
    return true;
  }

  /** Whether the later keys continue the earlier ones. */
  function merge(earlier: KnownKeys, later: KnownKeys): boolean {
    const merged = mergeKeys(earlier, later, isFresh);
    if (!merged.continues) {
      log.error('a server publishes keys that share none with those known: kept beside them');
    }
    keys = merged.keys;
    return merged.continues;
  }

  async function readSeed(): Promise<void> {
    if (seed === undefined) return;
    try {
      takeSeed(await seed.read());
    } catch (error) {
      log.info({ err: error }, 'no keys on disk to start with');
    }
  }

  function takeSeed(text: string): void {
    const found = parseSeed(text, settings().issuer);
    if (found === undefined) return;
    // A server was faster than the disk: what it published continues what is on the disk, or does not.
    if (keys.size > 0) return void merge(found, keys);
    keys = found;
    refreshedAtMs = Math.min(...[...found.values()].map(({ seenAtMs }) => seenAtMs));
  }

  function writeSeed(changed: boolean): void {
    const due = changed || Math.abs(clock.now() - seedWrittenAtMs) >= seedRewriteMs;
    if (seed === undefined || !due) return;
    seedWrittenAtMs = clock.now();
    // One that waits for the disk writes what is known by then.
    if (seedAwaited) return;
    seedAwaited = true;
    const write = () => {
      seedAwaited = false;
      return seed.write(seedText(oursOf(keys), settings().issuer));
    };
    // What is on the disk is read first: it says which history is ours.
    void seedRead
      .then(() => within(Deadline.in(seedTimeoutMs), 'seed', write))
      .catch((error: unknown) => log.warn({ err: error }, 'keys could not be written to disk'));
  }

  function get(id: string): KnownKey | undefined {
    const key = keys.get(id);
    return key !== undefined && isFresh(key) ? key : undefined;
  }

  function isFresh({ seenAtMs }: KnownKey): boolean {
    return clock.now() - seenAtMs <= settings().keyStaleSeconds * 1_000;
  }

  function known(generation: number): KnownKey[] {
    return [...keys.values()].filter((key) => key.generation === generation);
  }

  function ofGeneration(generation: number): readonly KnownKey[] {
    return known(generation).filter(isFresh);
  }

  async function find(
    generation: number,
    deadline: Deadline,
  ): Promise<readonly KnownKey[] | 'unknown' | 'unavailable'> {
    if (waiting >= mostWaiting) return 'unavailable';
    waiting += 1;
    try {
      await within(Deadline.in(settings().unknownKeyWaitMs, deadline), 'unknown key', () =>
        askAbout(generation),
      );
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error;
    } finally {
      waiting -= 1;
    }
    const found = ofGeneration(generation);
    if (found.length > 0) return found;
    // A key that is known but stale is not unknown: the servers are gone.
    const isKnown = known(generation).length > 0;
    return lastRefreshGood && !isKnown && refreshing.running() === undefined ? 'unknown' : 'unavailable';
  }

  async function askAbout(generation: number): Promise<void> {
    await seeded;
    // A refresh that is on may bring it: at boot it does.
    await refreshing.running();
    if (ofGeneration(generation).length > 0) return;
    // Absolute: a clock that was set back must not silence the question for as long.
    const sinceMs = Math.abs(clock.now() - askedForUnknownAtMs);
    if (sinceMs >= settings().unknownKeyIntervalSeconds * 1_000) {
      askedForUnknownAtMs = clock.now();
      refreshing.now();
    }
    await refreshing.running();
  }

  function ageSeconds(): number {
    return (clock.now() - refreshedAtMs) / 1_000;
  }

  // The first refresh began with the loop.
  const firstRefresh = refreshing.running() ?? Promise.resolve({ ok: false });
  const loaded = Promise.race([seeded, firstRefresh.then(({ ok }) => (ok ? undefined : seeded))]);
  return { get, ofGeneration, find, loaded, ageSeconds, close: () => void refreshing.stop() };
}
