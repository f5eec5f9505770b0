import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Figure, median, quantile } from '../report.ts';
import { FAULTS, type Fault, faults } from './faults.ts';
import { SETTINGS, startPair } from './prometheus.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { type Subject, startSubjects } from './subjects.ts';
import { startWatch, type WatchUnderTest } from './watch.ts';

/** Long enough for the longest window of Prometheus, and for the watch to know what is usual. */
const WARM_UP_MS = 75_000;
/** A fault begins at any instant of a scrape. */
const PHASE_MS = 15_000;
/** Each fault in so many instances at once. */
const COPIES = 2;
/** A round ends sooner when all have spoken; no fault is waited for longer. */
const CAP_SECONDS = 180;
const LOOK_MS = 100;
const STATUS_REACH_SECONDS = 5;

/** Seconds from the fault to each; `undefined`: not within the time that a round may take. */
interface Seen {
  readonly fault: Fault;
  readonly watch: number | undefined;
  readonly status: number | undefined;
  readonly pairs: readonly (number | undefined)[];
}

/**
 * From a fault to the webhook that pages, and to the status page, on small instances at 50 requests a second
 * that serve what Imara's do: the watch, and real Prometheus with Alertmanager beside it, on the same faults.
 */
export const detection: Bench = async ({ rounds, log }) => {
  const seen: Seen[] = [];
  const early: string[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    log(`round ${round} of ${rounds}: at most ${(WARM_UP_MS + PHASE_MS) / 1_000 + CAP_SECONDS} s`);
    for (const one of await oneRound()) {
      if (Array.isArray(one)) early.push(...one);
      else seen.push(one);
    }
  }
  for (const one of early) log(`left out: ${one}`);
  return {
    bench: 'detection: seconds from the fault to the page',
    figures: faults.flatMap((fault) =>
      figuresOf(
        fault,
        seen.filter((one) => one.fault === fault),
      ),
    ),
    notes: [
      `paged about before their fault, and left out: ${early.length}`,
      `${rounds * COPIES} of each fault; ${CAP_SECONDS}: not within ${CAP_SECONDS} s`,
      'from the fault to the webhook received; the status page is the file that a web server serves',
      ...SETTINGS.map(
        ({ name, scrapeSeconds, windowSeconds, ratio, forSeconds, groupWaitSeconds }) =>
          `Prometheus ${name}: scrape ${scrapeSeconds} s, ratio > ${ratio * 100} % over ${windowSeconds} s by service and by route, or target down, or p99 > 50 ms; for ${forSeconds} s, group_wait ${groupWaitSeconds} s`,
      ),
    ],
  };
};

/** Of those that somebody paged about before their fault, who did. */
async function oneRound(): Promise<(Seen | string[])[]> {
  const folder = await mkdtemp(join(tmpdir(), 'imara-bench-detection-'));
  const ends: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const receiver = await startReceiver();
    ends.push(receiver.close);
    const subjects = await startSubjects(COPIES);
    for (const { close } of subjects) ends.push(close);
    const watch = await startWatch(join(folder, 'watch'), subjects, `${receiver.url}/watch`);
    ends.push(watch.close);
    for (const setting of SETTINGS) {
      const { name } = setting;
      ends.push(await startPair(join(folder, name), setting, subjects, `${receiver.url}/${name}`));
    }
    await sleep(WARM_UP_MS);
    return await Promise.all(subjects.map((subject) => afterFault(subject, { receiver, watch })));
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function afterFault(
  { service, fault, begin }: Subject,
  { receiver, watch }: { receiver: Receiver; watch: WatchUnderTest },
): Promise<Seen | string[]> {
  await sleep(Math.random() * PHASE_MS);
  const early = ['watch', ...SETTINGS.map(({ name }) => name)].filter(
    (sender) => receiver.pagedAt(sender, service) !== undefined,
  );
  if (early.length > 0) return early.map((sender) => `${sender} paged about ${service} before its fault`);
  const beganAt = performance.now();
  begin();
  const since = (at: number | undefined) => (at === undefined ? undefined : (at - beganAt) / 1_000);
  let statusAt: number | undefined;
  const look = () => ({
    fault,
    watch: since(receiver.pagedAt('watch', service)),
    status: since(statusAt),
    pairs: SETTINGS.map(({ name }) => since(receiver.pagedAt(name, service))),
  });
  while (performance.now() - beganAt < CAP_SECONDS * 1_000) {
    const { watch: paged, status, pairs } = look();
    if ([paged, status, ...pairs].every((seconds) => seconds !== undefined)) break;
    await sleep(LOOK_MS);
    const names = statusAt === undefined ? await watch.troubled() : [];
    if (names.some((name) => name === service || name.startsWith(`${service}-`)))
      statusAt = performance.now();
  }
  return look();
}

function figuresOf(fault: Fault, seen: readonly Seen[]): Figure[] {
  if (seen.length === 0) return [];
  const reach = FAULTS[fault];
  const watch = seen.map((one) => one.watch);
  const behind = seen.flatMap(({ watch: paged, status }) =>
    paged === undefined || status === undefined ? [] : [Math.max(0, status - paged)],
  );
  return [
    { what: `${fault}: the watch, median`, ...middle(watch) },
    {
      what: '… 95 %',
      ...worst(watch),
      ...(reach === undefined ? {} : { reach: { at: 'most', value: reach } as const }),
    },
    {
      what: '… status page after the alarm, 95 %',
      value: behind.length === 0 ? NOT : quantile(behind, 0.95),
      unit: 's',
      ...(behind.length === 0 ? {} : { reach: { at: 'most', value: STATUS_REACH_SECONDS } as const }),
    },
    ...SETTINGS.map(({ name }, index) => ({
      what: `… Prometheus ${name}, median`,
      ...middle(seen.map(({ pairs }) => pairs[index])),
    })),
  ];
}

/** What did not come within the time is later than all that did. */
const NOT = CAP_SECONDS;
const orNot = (seconds: number) => ({
  value: seconds === Number.POSITIVE_INFINITY ? NOT : seconds,
  unit: 's',
});
const late = (all: readonly (number | undefined)[]) => all.map((one) => one ?? Number.POSITIVE_INFINITY);
const middle = (all: readonly (number | undefined)[]) => orNot(median(late(all)));
const worst = (all: readonly (number | undefined)[]) => orNot(quantile(late(all), 0.95));
