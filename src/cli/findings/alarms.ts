import type { JudgementView } from '../../control/contract/resources/alarms.ts';
import { timeText } from '../terminal/terminal.ts';
import { nameOf } from './agreement.ts';
import type { Finding } from './finding.ts';
import type { Finder } from './look.ts';

/**
 * What is found of the release in force after its proof, of every service: each alarm with the undo in it.
 */
export const alarms: Finder = {
  name: 'release.alarm',
  title: 'how the release in force is judged',
  async look({ status, control }) {
    if (status.state === 'down' || status.control === null) return [];
    const plane = await control();
    const { services } = await plane.call('GET /alarms', {});
    return services.flatMap((view) => findingsOf(view, services.length > 1));
  },
};

function findingsOf(view: JudgementView, isOneOfMany: boolean): Finding[] {
  const { service, alarms, unknown } = view;
  const release = `${isOneOfMany ? `${service}: ` : ''}${titleOf(view)}`;
  const name = 'release.alarm';
  if (alarms.length > 0) return alarms.map((alarm) => findingOf(alarm, release, view));
  // Nobody has to do something for a service that is not there; one that was there and is not is an alarm.
  if (unknown !== null)
    return [{ name, severity: 'note', what: `${release} cannot be judged`, why: sentence(unknown) }];
  const { requests, probes } = view;
  const seen = `${ended(requests)} requests and ${ended(probes)} probes of the last half minute`;
  return [{ name, severity: 'good', what: `nothing speaks against ${release}, by ${seen}` }];
}

function findingOf(
  { kind, since, what, undo, suspect }: JudgementView['alarms'][number],
  release: string,
  { judgedSince }: JudgementView,
): Finding {
  return {
    name: `release.alarm.${kind}`,
    severity: 'bad',
    what: `alarm about ${release} since ${timeText(since)}: ${what}`,
    fix: fixOf(undo, suspect, judgedSince),
  };
}

function fixOf(undo: string | null, suspect: boolean, judgedSince: string | null): string {
  if (undo === null) return 'What is built in is in force: there is nothing to undo. See `npx imara logs`.';
  if (suspect) return `Take it back with \`npx ${undo}\`.`;
  const long = judgedSince === null ? '' : ` since ${timeText(judgedSince)}`;
  return `It has been in force${long}, so look elsewhere too; if it is the cause: \`npx ${undo}\`.`;
}

function titleOf({ release, rollout, hash }: JudgementView): string {
  if (rollout === null) return nameOf(null);
  return release === null ? rollout : `release ${release} (${nameOf(hash)})`;
}

function ended({ good, bad }: JudgementView['requests']): number {
  return good + bad;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
