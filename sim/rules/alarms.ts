import type { Rule, Setup } from './rule.ts';

/** So many failures that reached one leader, over so long, are more than chance whatever was before. */
const FAILURES = 60;
const WITHIN_MS = 5_000;
/** From the undo of a release to the end of the alarms about it. */
const ENDED_MS = 60_000;

/** R10 after the proof: what turns bad then raises an alarm, and what was taken back raises none. */
export function alarmRule(_: Setup): Rule {
  let spoiled: { rollout: string; hash: string } | undefined;
  /** Of the spoiled release, what one leader has taken in since the first of it. */
  let arrived = { control: '', bad: 0, since: 0 };
  const pending = new Map<string, number>();
  const left = new Map<string, number>();
  let liars = 0;
  const forget = () => {
    arrived = { control: '', bad: 0, since: 0 };
    pending.clear();
  };

  function judged(control: string, rollout: string | null, alarms: number, now: number): string | undefined {
    const leftAt = left.get(rollout ?? '');
    if (alarms > 0 && leftAt !== undefined && now - leftAt > ENDED_MS)
      return `${alarms} alarms about ${rollout} stand ${now - leftAt} ms after it was taken back`;
    const bad = pending.get(control) ?? 0;
    pending.delete(control);
    if (spoiled === undefined || spoiled.rollout !== rollout || liars > 0) return undefined;
    if (arrived.control !== control) arrived = { control, bad: 0, since: now };
    if (arrived.bad === 0) arrived.since = now;
    arrived.bad += bad;
    if (alarms > 0 || arrived.bad < FAILURES || now - arrived.since < WITHIN_MS) return undefined;
    return `no alarm names ${rollout} although ${arrived.bad} failures of it reached ${control} within ${now - arrived.since} ms`;
  }

  return {
    id: 'R10 alarm',
    demands: `a proved release that turns bad is named by an alarm, and ${ENDED_MS / 1_000} s after its undo no alarm stands`,
    look(seen, now) {
      switch (seen.type) {
        case 'spoiled':
          spoiled = seen;
          forget();
          return undefined;
        case 'lies':
          liars += 1;
          return undefined;
        case 'leads':
          // What the one before had taken in may be lost with it.
          forget();
          return undefined;
        case 'restored':
          forget();
          left.clear();
          return undefined;
        case 'heard':
          pending.set(
            seen.control,
            seen.reports
              .filter(({ hash }) => hash === spoiled?.hash)
              .reduce(
                (sum, { live, probes }) => sum + live.error + live.deadline + probes.error + probes.deadline,
                0,
              ),
          );
          return undefined;
        case 'decided': {
          const { after, stored } = seen;
          if (!stored) return undefined;
          if (after.phase.at === 'rolling_back' && !left.has(after.id)) left.set(after.id, now);
          // Another is in force, or none.
          if (spoiled?.rollout === after.id && after.phase.at !== 'proved') spoiled = undefined;
          return undefined;
        }
        case 'judged':
          return judged(seen.control, seen.state.of.rollout, seen.state.alarms.length, now);
        default:
          return undefined;
      }
    },
  };
}
