import type { Rollout } from '../../control/contract/resources/releases/rollout.ts';
import { isFinished } from '../../rollout/machine/phases.ts';
import { columns, paint } from '../terminal/terminal.ts';

/** What a rollout does now, in a line. */
export function phaseText(view: Rollout): string {
  const { phase, because, wave, waves, approvals, approvalsNeeded, freezes } = view;
  switch (phase) {
    case 'draft':
      return 'waits for control to begin';
    case 'testing':
      return 'testing';
    case 'awaiting_approval':
      return `awaiting approval: ${approvalsText(approvals, approvalsNeeded)}`;
    case 'waiting': {
      const now = Date.now();
      if (freezes.some(({ from, to }) => from <= now && now < to)) return 'waiting for the end of a freeze';
      return view.waitsForPromotion ? 'waiting for promotion' : 'waiting for the next wave';
    }
    case 'wave':
    case 'bake':
    case 'rest':
      return `${phase === 'wave' ? '' : `${phase}, `}wave ${wave} of ${waves.length}: ${counts(view.instances.production)}`;
    case 'proved':
      return 'proved';
    case 'rolling_back':
    case 'rolled_back':
    case 'aborted':
      return `${phase.replace('_', ' ')}: ${because}`;
    default:
      return phase satisfies never;
  }
}

/** Approvals of the emergency way count for that way alone. */
function approvalsText(approvals: Rollout['approvals'], needed: number): string {
  const urgent = approvals.filter(({ breakGlass }) => breakGlass).length;
  const usual = `${approvals.length - urgent} of ${needed}`;
  return urgent === 0 ? usual : `${usual}, for break-glass ${urgent} of ${Math.max(1, needed)}`;
}

/** The whole of it, for a terminal; `recent`: rows of the journal to show under it. */
export function rolloutFrame(
  view: Rollout,
  now = Date.now(),
  recent: readonly { actor: string; kind: string }[] = [],
): string {
  const { id, release, author, reason, wave, waves, instances, deadlineAt } = view;
  const isOver = isFinished(view.phase);
  const ended = isOver ? Date.parse(view.updatedAt) : now;
  const age = paint('dim', `${isOver ? 'took' : 'since'} ${seconds(ended - Date.parse(view.createdAt))}`);
  const head = `${paint('bold', id)}  release ${release} by ${author}: ${reason}  ${age}`;
  const rows = waves.map(({ kind, instances: adds, share, harm }, index) => [
    `  ${mark(index + 1, wave, view.phase)} wave ${index + 1}`,
    kind,
    `+${adds}`,
    `${Math.round(share * 100)} %`,
    `at risk ${Math.ceil(harm.p95)}`,
  ]);
  return [
    head,
    `  ${paintPhase(view)}`,
    ...(rows.length === 0 ? [] : [columns(rows)]),
    `  testing ${counts(instances.testing)}, production ${counts(instances.production)}`,
    ...(isOver ? [] : gateText(view)),
    ...warningLines(view).map((line) => paint('yellow', `  ${line}`)),
    ...(deadlineAt === null ? [] : [`  given up in ${seconds(Date.parse(deadlineAt) - now)}`]),
    ...recent.map(({ actor, kind }) => paint('dim', `  · ${actor} ${kind}`)),
  ].join('\n');
}

/** What does not work, and was no reason to refuse it. */
export function warningLines({ warnings }: Rollout): string[] {
  return warnings.map(({ key, cause, count, instances }) => {
    const others = count - instances.length;
    const seenBy = [...instances, ...(others > 0 ? [`${others} others`] : [])].join(', ');
    return `warning: ${key}: ${cause} (seen by ${seenBy})`;
  });
}

/** What the gate says, while it says anything. */
function gateText({ verdict }: Rollout): string[] {
  if (verdict === null) return [];
  const { evidence } = verdict;
  const why = verdict.kind === 'promote' ? '' : ` (${verdict.reason.replaceAll('_', ' ')})`;
  const eta = evidence.etaMs === null ? '' : `, expected in ${seconds(evidence.etaMs)}`;
  const missing = evidence.missing ? `, ${evidence.missing} good outcomes missing${eta}` : '';
  return [`  gate: ${verdict.kind.replace('_', ' ')}${why}${missing}`];
}

function paintPhase(view: Rollout): string {
  const text = phaseText(view);
  if (view.phase === 'proved') return paint('green', text);
  return view.because === null ? paint('yellow', text) : paint('red', text);
}

function mark(number: number, now: number | null, phase: Rollout['phase']): string {
  if (phase === 'proved' || number < (now ?? 0)) return '✓';
  return number === now ? '●' : '○';
}

function seconds(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms / 1_000));
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function counts(instances: Record<string, number>): string {
  const parts = Object.entries(instances).map(([has, count]) => `${count} ${has}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
