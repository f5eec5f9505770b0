import { join } from 'node:path';
import { Alerting, sentEntry } from './alarm/alerting.ts';
import { restoring } from './alarm/restored.ts';
import { type Api, openApi } from './api/server.ts';
import { keepBeating } from './beat/beat.ts';
import { Channel, type Sent } from './channels/channel.ts';
import { probeChanges } from './check/changes.ts';
import { keepChecking } from './check/check.ts';
import { Decisions } from './decide/decide.ts';
import { keepSaving, readKept, writeKept } from './decide/kept.ts';
import { keepAskingBooks } from './follow/books.ts';
import { keepFollowing } from './follow/follow.ts';
import { ImpactCount } from './impact.ts';
import { Incidents } from './incidents.ts';
import { Beats } from './instances/beats.ts';
import { InstanceBook } from './instances/book.ts';
import { keepLooking } from './instances/look.ts';
import type { Entry } from './journal/entry.ts';
import { Journal, type JournalOptions } from './journal/journal.ts';
import type { Kind } from './journal/kinds.ts';
import { Recent } from './journal/recent.ts';
import { steadyClock } from './loop/steady-clock.ts';
import { within } from './loop/within.ts';
import { Measures } from './metrics/measures.ts';
import { scrapeTargets } from './metrics/scrape-targets.ts';
import { opened } from './opened.ts';
import { Publisher } from './publish/publisher.ts';
import { Subscribers } from './publish/subscribers.ts';
import type { Settings } from './settings/schema.ts';
import { stateOf } from './state.ts';

/** Between two decisions: a quarter of what an outage may take until it is alarmed. */
const DECIDE_MS = 250;
/** Between two looks at components and at what is to be published. */
const PUBLISH_MS = 1_000;
const CLOSE_MS = 2_000;
const MOST_OPEN = 1_000;

export interface Watch {
  /** Base URL of its API. */
  readonly url: string;
  readonly port: number;
  /** Whether somebody was heard of who has not said that he ends: he is missed in a moment. */
  misses(): boolean;
  close(): Promise<void>;
}

/**
 * Puts the four loops together: check → decide → alert → store. Each hands to the next through a bounded
 * queue, and waits for none. `wallClock` and `journalOptions` are for tests.
 */
export async function startWatch(
  settings: Settings,
  wallClock: () => number = Date.now,
  journalOptions: JournalOptions = {},
): Promise<Watch> {
  const { name, targets } = settings;
  const clock = steadyClock(wallClock, () => performance.now());
  const { now, wall } = clock;
  const { token, beatToken, transports, subscribed, checks, beatTargets, atControl } = await opened(
    settings,
    wall,
  );
  const learntFile = join(settings.journal, 'detectors.json');
  const learnt = await readKept(learntFile, now(), wall());
  const recent = new Recent();
  const measures = new Measures();
  let copiedTo = 0;
  const restored = restoring(clock.steady, now());
  const keep = (entry: Entry, withinMs?: number): Promise<boolean> => {
    recent.add(entry);
    return journal.append(entry, withinMs);
  };
  const incidents = new Incidents((entry) => void keep(entry), wall);
  /** Every fact goes through here, and what an incident makes of it stands after it. */
  const write = (entry: Entry, withinMs?: number): Promise<boolean> => {
    const onDisk = keep(entry, withinMs);
    measures.wrote(entry);
    incidents.seen(entry);
    return onDisk;
  };
  let lastCheckAt: number | undefined;
  const publisher = new Publisher({
    page: { id: name, name: settings.status?.name ?? name, url: settings.status?.url ?? '' },
    directory: settings.status?.path,
    wall,
    append: (entry) => void write(entry),
    incidents: () => incidents.all(),
    alarms: () => decisions.open(),
    checkedAt: () => wall(lastCheckAt ?? now()),
  });
  const subscribers = new Subscribers({
    subscribers: subscribed,
    state: () => publisher.state(),
    wall,
    append: (entry) => void write(entry),
  });
  const journal: Journal = await Journal.open(
    settings.journal,
    (entry) => {
      recent.add(entry);
      restored.seen(entry);
      incidents.restored(entry);
      publisher.seen(entry);
      subscribers.seen(entry);
      copiedTo = Math.max(copiedTo, entry.origin?.sequence ?? 0);
    },
    journalOptions,
  );
  journal.onWritten((entry) => {
    publisher.written(entry);
    subscribers.written(entry);
  });
  const note = (kind: Kind, rest: Omit<Entry, 'at' | 'kind'>): void => {
    void write({ at: wall(), kind, ...rest });
  };
  const channels = new Map<string, Channel>();
  for (const [{ name: channel, timeoutMs, attempts, retryMs }, transport] of transports) {
    const ended = (sent: Sent) => void write(sentEntry(sent, wall()));
    const queue = `alert ${channel}`;
    channels.set(
      channel,
      new Channel({ name: channel, queue, timeoutMs, attempts, retryMs, transport, ended }),
    );
  }
  const alerting = new Alerting({ name, journal, write, recent, channels, wall });
  const book = new InstanceBook({
    now,
    released({ name: instance, service }, before, after) {
      const text = `${instance} serves with release ${after}${before === null ? '' : `, before with ${before}`}.`;
      const data = { service };
      // What it served with when it was first seen is no change.
      const source = before === null ? 'watch' : 'rollout';
      note('release.seen', { source, subject: instance, text, before, after, data, ids: { release: after } });
    },
  });
  book.named(
    'settings',
    settings.instances.map((one) => ({ cell: null, ready: true, ...one })),
  );
  const beats = new Beats(now, book);
  const heartbeats = () => [...beats.heartbeats(), ...book.heartbeats()];
  const targetOf = new Map(targets.map((target) => [target.name, target]));
  const impact = new ImpactCount((entry) => void write(entry), wall());
  const decisions: Decisions = new Decisions({
    policy: {
      clearAfterMs: settings.clearAfterMs,
      chain: { page: [], ticket: [], note: [], ...settings.routes },
      mostOpen: MOST_OPEN,
    },
    now,
    state: restored.state(),
    learnt: learnt.state,
    heartbeats,
    readings() {
      const readings = book.readings();
      impact.count(readings);
      publisher.counted(readings);
      return readings;
    },
    severityOf: (subject) => targetOf.get(subject)?.severity,
    effect: (effect) => alerting.put(effect),
  });
  if (learnt.problem !== null) {
    const text = `What the detectors had learnt is not used: ${learnt.problem}. They learn from the start.`;
    note('watch.forgot', { source: 'watch', subject: name, text, data: { reason: learnt.problem } });
  }
  const changes = probeChanges(note);
  const following =
    atControl && keepFollowing({ ...atControl, after: copiedTo, copy: (entry) => void write(entry) });
  const endAsking =
    atControl &&
    keepAskingBooks({
      ...atControl,
      ...{ now, wall },
      incidents: () => incidents.all(),
      answered: (entry) => void write(entry),
    });
  const state = () =>
    stateOf({
      settings,
      wall,
      lastCheckAt,
      journal,
      alerting,
      channels: [...channels.values(), ...subscribers.channels()],
      decisions,
      controlError: following?.error() ?? null,
    });
  const api: Api = await openApi({
    settings,
    token,
    beatToken,
    beats,
    state,
    decisions,
    file: (path) => publisher.file(path),
    words: { publisher, write, wall },
    incidents: { incidents, journal: settings.journal, write: (entry) => void write(entry), wall },
    prometheus: {
      metrics: () => measures.page(state(), heartbeats(), now()),
      targets: () => scrapeTargets(book.all().map(({ instance }) => instance)),
    },
  });
  note('watch.started', {
    source: 'watch',
    subject: name,
    text: `${name} watches ${targets.length} targets.`,
  });
  for (const { entry, channels: names } of restored.outstanding()) alerting.again(entry, names);
  subscribers.again();
  const endChecking = keepChecking(checks, now, (result) => {
    lastCheckAt = now();
    changes(result);
    decisions.probed(result);
    publisher.probed(result);
    measures.probed(result);
  });
  const endBeating = keepBeating(beatTargets, state);
  const endSaving = keepSaving(() => writeKept(learntFile, decisions.learnt(), wall()));
  const endLooking = keepLooking(book);
  const publishing = setInterval(() => publisher.tick(), PUBLISH_MS);
  const deciding = setInterval(() => {
    const byMs = clock.look();
    if (byMs !== 0) {
      const text = `The clock of the machine was set by ${byMs} ms.`;
      note('clock.jumped', { source: 'watch', subject: name, text, data: { byMs } });
    }
    decisions.tick();
    impact.tick(wall(), decisions.open().length > 0);
    incidents.tick();
  }, DECIDE_MS);
  return {
    url: api.url,
    port: api.port,
    misses: () => beats.heartbeats().length > 0,
    async close() {
      endChecking();
      endLooking();
      endBeating();
      following?.end();
      endAsking?.();
      clearInterval(deciding);
      clearInterval(publishing);
      await api.close();
      alerting.close();
      for (const channel of [...channels.values(), ...subscribers.channels()]) channel.close();
      await within(CLOSE_MS, 'what was learnt', endSaving).catch(() => {});
      note('watch.stopped', { source: 'watch', subject: name, text: `${name} was stopped.` });
      // A disk that hangs does not keep a process that was asked to end.
      await within(CLOSE_MS, 'the journal', () => journal.close()).catch(() => {});
    },
  };
}
