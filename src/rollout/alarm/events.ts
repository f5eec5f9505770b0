import type { Vitals } from '../gate/facts.ts';
import type { Tally } from '../gate/share.ts';
import type { InForce } from './alarm.ts';

/**
 * What happens at one moment, and is remembered for a while: a crash, a boot that failed twice, a value that
 * turned out not to work.
 */

/** An instance as its last report shows it. */
export interface HeardInstance {
  readonly instance: string;
  readonly heardAt: number;
  /** Of this start of its process. */
  readonly boot: string;
  readonly running: string | null;
  /** It has said that it goes down. */
  readonly down: boolean;
  readonly vitals: Vitals;
}

/** What an instance reported in its log that speaks against a proved release. */
export interface Said {
  readonly instance: string;
  readonly hash: string;
  readonly what: 'value_failed' | 'boot_failed';
  readonly cause: string;
}

export interface PastEvent {
  readonly what: 'crashed' | Said['what'];
  readonly instance: string;
  readonly boot: string;
  readonly at: number;
  readonly cause: string;
}

/** The start of each process that was heard last, with what it served with. */
export type Boots = Readonly<Record<string, { boot: string; down: boolean; running: string | null }>>;

/** Processes may die for reasons of their own: so many crashes within this time are somebody's matter. */
export const CRASHES = 2;
export const CRASHES_MS = 180_000;
/** What was said is seen for so long at least. */
const SAID_MS = 5_000;
const MOST_EVENTS = 64;

export function bootsOf(known: Boots, instances: readonly HeardInstance[]): Boots {
  const isSame = ({ instance, boot, down, running }: HeardInstance) => {
    const before = known[instance];
    return before?.boot === boot && before.down === down && before.running === running;
  };
  if (instances.length === Object.keys(known).length && instances.every(isSame)) return known;
  return Object.fromEntries(
    instances.map(({ instance, boot, down, running }) => [instance, { boot, down, running }]),
  );
}

export function eventsAfter(
  { events, boots, of }: { events: readonly PastEvent[]; boots: Boots; of: InForce },
  { instances, said, now }: { instances: readonly HeardInstance[]; said: readonly Said[]; now: number },
  probes: Tally,
): readonly PastEvent[] {
  const crashed = instances.flatMap(({ instance, boot }): PastEvent[] => {
    const before = boots[instance];
    // Of what is built in there is no release to blame: the supervisor shows that processes ended.
    const isCrash =
      of.rollout !== null &&
      before !== undefined &&
      before.boot !== boot &&
      !before.down &&
      before.running === of.hash;
    return isCrash ? [{ what: 'crashed', instance, boot, at: now, cause: '' }] : [];
  });
  const heard = said.flatMap(({ instance, hash, what, cause }): PastEvent[] => {
    const boot = instances.find((each) => each.instance === instance)?.boot ?? '';
    return hash === of.hash ? [{ what, instance, boot, at: now, cause }] : [];
  });
  const goesOn = (event: PastEvent) => isStill(event, of, { instances, probes, now });
  const kept = events.filter(goesOn);
  if (crashed.length + heard.length === 0 && kept.length === events.length) return events;
  return [...kept, ...crashed, ...heard].slice(-MOST_EVENTS);
}

/**
 * Whether it is still so. A value that was found not to work raises one alarm: it works again when probes
 * pass, where there are any.
 */
function isStill(
  event: PastEvent,
  { hash }: InForce,
  { instances, probes, now }: { instances: readonly HeardInstance[]; probes: Tally; now: number },
): boolean {
  const { what, instance, boot, at } = event;
  if (what === 'crashed') return now - at <= CRASHES_MS;
  if (now - at <= SAID_MS) return true;
  const there = instances.find((each) => each.instance === instance);
  if (there === undefined || there.down) return false;
  if (what === 'boot_failed') return there.running !== hash;
  const isProbed = probes.good + probes.bad > 0;
  return there.boot === boot && there.running === hash && (!isProbed || there.vitals.failedProbesInARow > 0);
}
