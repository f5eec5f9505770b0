import type { Instance, Status } from '../../supervisor/status.ts';
import type { Finding } from './finding.ts';
import type { Finder } from './look.ts';

/** What `/readyz` answers (`serving/readiness/health.ts`). */
interface Readiness {
  checks: Record<string, { ready: boolean; reason?: string }>;
}

/** Each process: whether it is there, and whether it has what it needs to do its work. */
export const processes: Finder = {
  name: 'processes',
  title: 'the processes',
  async look({ status }, signal) {
    if (status.state === 'down') return [];
    const each = await Promise.all(status.instances.map((one) => lookAtProcess(one, signal)));
    return [whole(status), ...postgres(status), ...each.flat()];
  },
};

function whole({ state }: Status): Finding {
  if (state === 'ready') return { name: 'fleet', severity: 'good', what: 'every process is up' };
  // A process that is just being started again needs nobody; one that never comes up has a finding of its
  // own.
  return {
    name: 'fleet',
    severity: 'note',
    what: `the whole is ${state}`,
    fix: 'Look again with `npx imara status`.',
  };
}

function postgres({ postgres }: Status): Finding[] {
  if (postgres === null || postgres.state === 'external') return [];
  if (postgres.state === 'ready') return [{ name: 'postgres', severity: 'good', what: 'PostgreSQL is up' }];
  return [
    {
      name: 'postgres',
      severity: 'bad',
      what: `PostgreSQL is ${postgres.state}`,
      fix: 'See `npx imara logs postgres`.',
    },
  ];
}

async function lookAtProcess(
  { name, state, admin }: Instance,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const about = { name: `process.${name}`, fix: `See \`npx imara logs ${name}\`.` };
  if (admin === null || isOnItsWay(state)) {
    return [{ ...about, severity: isOnItsWay(state) ? 'note' : 'bad', what: `${name} is ${state}` }];
  }
  try {
    const answer = await fetch(`${admin}/readyz`, { signal });
    if (answer.ok) return [{ name: about.name, severity: 'good', what: `${name} is ready` }];
    const missing = missingOf((await answer.json()) as Readiness);
    return missing.map(([check, why]) => ({
      ...about,
      name: `${about.name}.${check}`,
      severity: 'bad',
      what: `${name} is not ready: ${check}`,
      why,
    }));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ ...about, severity: 'bad', what: `${name} does not answer`, why }];
  }
}

/**
 * It goes or comes: by a restart, or because it ended and is started again. One that never comes up is in a
 * crash loop.
 */
function isOnItsWay(state: Instance['state']): boolean {
  return ['starting', 'backing-off', 'stopping', 'stopped'].includes(state);
}

/** The checks that failed, by name, each with its reason. */
function missingOf({ checks }: Readiness): [string, string][] {
  const failed = Object.entries(checks).filter(([, { ready }]) => !ready);
  if (failed.length === 0) return [['unknown', 'it does not say what is missing']];
  return failed.map(([check, { reason = '' }]) => [check, reason]);
}
