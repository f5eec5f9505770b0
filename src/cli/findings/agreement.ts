import type { AgreementView } from '../../control/contract/resources/agreement.ts';
import { timeText } from '../terminal/terminal.ts';
import type { Finding } from './finding.ts';
import type { Finder } from './look.ts';

/** R18: who serves with something else than what is in force. */
export const agreement: Finder = {
  name: 'release.divergence',
  title: 'whether control and fleet agree',
  async look({ status, control }) {
    if (status.state === 'down' || status.control === null) return [];
    const plane = await control();
    const view = await plane.call('GET /fleet/agreement', {});
    if (view.agrees) {
      const what = `everybody serves with ${nameOf(view.inForce?.hash ?? null)}, which is in force`;
      return [{ name: 'release.divergence', severity: 'good', what }];
    }
    return view.differences.map(findingOf);
  },
};

export function nameOf(hash: string | null): string {
  return hash === null ? 'what is built in' : hash.slice(0, 19);
}

function findingOf({
  instance,
  runs,
  inForce,
  since,
  does,
  why,
}: AgreementView['differences'][number]): Finding {
  const what = `${instance} serves with ${nameOf(runs)} since ${timeText(since)}, and ${nameOf(inForce)} is in force`;
  const fix =
    does === 'waits'
      ? `See \`npx imara logs ${instance}\`, mend the cause, then \`npx imara fleet converge\`.`
      : 'Control mends it by itself: `npx imara fleet converge` shows how it goes.';
  return { name: 'release.divergence', severity: 'bad', what, why, fix };
}
