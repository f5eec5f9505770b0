import { homeOf } from '../../supervisor/home/home.ts';
import { orderCancel, orderRestart, readState, type SavedState } from '../../supervisor/local-api.ts';
import type { RestartView } from '../../supervisor/status.ts';
import { exitCodes, Failure, notUp } from '../failure.ts';
import { print, printJson, say } from '../terminal/terminal.ts';
import { followRestart } from './fleet.ts';

export interface RestartOptions {
  reason?: string;
  environment: string;
  wait?: true;
  cancel?: true;
  json?: true;
  /** Seconds, for the end of the restart. */
  timeout: number;
}

const ORDER_MS = 5_000;

/** Has the supervisor restart a service, or all; with `wait`, stays until it is over. */
export async function restart(service: string | undefined, options: RestartOptions): Promise<void> {
  const { environment, wait, json, timeout } = options;
  const state = await readState(homeOf());
  if (state === undefined) throw notUp();
  if (options.cancel) return cancel(state, options);
  const { reason } = options;
  if (reason === undefined)
    throw new Failure({
      what: 'A restart needs a reason.',
      fix: 'Say what it is for: --reason TEXT.',
      exitCode: exitCodes.usage,
    });
  const ordered = await orderRestart(state, { service: service ?? null, environment, reason }, ORDER_MS);
  if (ordered === undefined) throw notUp();
  if ('refused' in ordered) throw new Failure({ what: `Nothing is restarted: ${ordered.refused}.` });
  if (!wait) {
    if (json) printJson({ id: ordered.id });
    else print(ordered.id);
    return say('The restart has begun: `npx imara fleet watch` shows how it goes.');
  }
  const ended = await followRestart(state, ordered.id, timeout);
  if (json) printJson(ended);
  if (ended.mode === 'gave-up') throw gaveUp(ended);
  say(`${ended.instances.length} restarted`);
}

async function cancel(state: SavedState, { json }: RestartOptions): Promise<void> {
  const cancelled = await orderCancel(state, ORDER_MS);
  if (cancelled === undefined) throw notUp();
  if (json) printJson({ cancelled });
  say(cancelled ? 'No more is taken; what was stopped is started again.' : 'No restart is going on.');
}

function gaveUp({ why, instances }: RestartView): Failure {
  const left = instances
    .filter(({ stage }) => stage !== 'done')
    .map(({ name, stage }) => `${name} (${stage})`);
  return new Failure({
    what: `The restart gave up: ${why ?? 'no reason is known'}.`,
    why: `Not restarted: ${left.join(', ')}.`,
    fix: '`npx imara fleet list` and `npx imara logs NAME` say more; then give the order again.',
    exitCode: exitCodes.refused,
  });
}
