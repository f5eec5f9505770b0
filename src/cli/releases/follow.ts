import type { Rollout } from '../../control/contract/resources/releases/rollout.ts';
import type { JournalRow } from '../../control/store/journal.ts';
import { Deadline } from '../../platform/deadline.ts';
import { lookUntil } from '../../platform/loop/look-until.ts';
import { isFinished } from '../../rollout/machine/phases.ts';
import { asFailure, type ControlPlane } from '../control/control-plane.ts';
import { exitCodes, Failure } from '../failure.ts';
import { forPrograms, rowsOnScreen, say } from '../terminal/terminal.ts';
import { phaseText, rolloutFrame } from './rollout-text.ts';

const EVERY_MS = 500;
const ASK_MS = 5_000;
/** Of the journal, under what is shown. */
const ROWS = 3;
const CLEAR_BELOW = '\u001b[J';

/** The last rows of the journal about a rollout, oldest first. */
export type Recent = readonly Pick<JournalRow, 'actor' | 'kind'>[];

export interface FollowOptions {
  /** How long to stay. */
  seconds: number;
  /**
   * Where what is heard of it goes, again and again; else to people: in place on a terminal, a line at each
   * change elsewhere.
   */
  show?: (view: Rollout, recent: Recent) => void;
  /** How often it is looked at. */
  everyMs?: number;
  /** Whether the rows of the journal are shown, and so are asked for. */
  rows?: boolean;
}

/**
 * Stays with a rollout until it is over, and returns how it ended. Control may go away and come back
 * meanwhile. A `Failure` with status 5 when it is not over in time, or nothing is heard of it.
 */
export async function followRollout(
  control: ControlPlane,
  id: string,
  {
    seconds,
    show = forPeople(process.stderr),
    rows = process.stderr.isTTY,
    everyMs = EVERY_MS,
  }: FollowOptions,
): Promise<Rollout> {
  const goesOn = `It goes on: \`npx imara rollout watch ${id}\` shows how, \`rollout abort\` ends it.`;
  const leave = () => {
    say(goesOn);
    process.exit(exitCodes.interrupted);
  };
  process.once('SIGINT', leave);
  try {
    let shown = -1;
    let recent: Recent = [];
    let last = 'nothing was heard of it';
    const deadline = Deadline.in(seconds * 1_000);
    const look = async (): Promise<Rollout | undefined> => {
      const timeoutMs = Math.max(1, Math.min(ASK_MS, deadline.remainingMs()));
      const answer = await control.ask('GET /rollouts/:id', { params: { id } }, { timeoutMs });
      if (answer.kind === 'done') {
        const { value } = answer;
        if (rows && value.version !== shown) recent = await lastRows(control, id, deadline);
        shown = value.version;
        show(value, recent);
        last = `it is ${phaseText(value)}`;
        if (isFinished(value.phase)) return value;
      } else if (answer.kind === 'refused' && answer.status < 500) {
        throw asFailure(answer);
      } else if (shown === -1) last = asFailure(answer).message;
      return undefined;
    };
    const over = await lookUntil(look, { everyMs, deadline });
    if (over !== undefined) return over;
    throw new Failure({
      what: `${id} was not over within ${seconds} s: ${last}`,
      fix: goesOn,
      exitCode: exitCodes.timedOut,
    });
  } finally {
    process.off('SIGINT', leave);
  }
}

/** Empty when control does not say: they are for people to look at, and nothing waits for them. */
async function lastRows(control: ControlPlane, id: string, deadline: Deadline): Promise<Recent> {
  const query = { last: ROWS, subject: id };
  const timeoutMs = Math.max(1, Math.min(ASK_MS, deadline.remainingMs()));
  const answer = await control.ask('GET /journal', { query }, { timeoutMs });
  return answer.kind === 'done' ? answer.value.rows : [];
}

/** A `Failure` with status 3 unless it was proved. */
export function endedWell(view: Rollout): void {
  if (view.phase !== 'proved') {
    throw new Failure({
      what: `${view.id} is ${view.phase.replace('_', ' ')}.`,
      ...(view.because === null ? {} : { why: view.because }),
      fix: `See what led to it: npx imara journal --subject ${view.id}`,
      exitCode: exitCodes.refused,
    });
  }
  say(`${view.id} is proved: release ${view.release} is in force.`);
}

/** Redrawn in place on a terminal; elsewhere a line when what it does has changed. */
export function forPeople(stream: NodeJS.WriteStream): (view: Rollout, recent: Recent) => void {
  let rows = 0;
  let said = '';
  const warned = new Set<string>();
  return (view, recent) => {
    if (forPrograms()) return;
    if (stream.isTTY) {
      const frame = rolloutFrame(view, Date.now(), recent);
      if (frame === said) return;
      said = frame;
      stream.write(`${rows === 0 ? '' : `\u001b[${rows}F`}${CLEAR_BELOW}${frame}\n`);
      rows = rowsOnScreen(frame, stream.columns);
      return;
    }
    const line = `${view.id} ${phaseText(view)}`;
    if (line !== said) stream.write(`${line}\n`);
    said = line;
    for (const { key, cause } of view.warnings) {
      if (warned.has(key)) continue;
      warned.add(key);
      stream.write(`${view.id} warning: ${key}: ${cause}\n`);
    }
  };
}
