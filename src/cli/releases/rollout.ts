import type { Asked, GivenTo } from '../../control/client.ts';
import type { Rollout } from '../../control/contract/resources/releases/rollout.ts';
import { type ControlOptions, type ControlPlane, controlPlane } from '../control/control-plane.ts';
import { exitCodes, Failure } from '../failure.ts';
import { columns, print, printJson, say, timeText } from '../terminal/terminal.ts';
import { endedWell, followRollout, forPeople } from './follow.ts';
import { phaseText, rolloutFrame } from './rollout-text.ts';

/** The rollouts, newest first. */
export async function listRollouts(options: ControlOptions & { lines: number }): Promise<void> {
  const rollouts = await newest(await controlPlane(options), options.service, options.lines);
  if (options.json) return printJson({ rollouts });
  if (rollouts.length === 0) return say('There was no rollout yet.');
  const rows = rollouts.map((view) => [
    view.id,
    phaseText(view),
    timeText(view.createdAt),
    view.author,
    view.reason,
  ]);
  print(columns([['ROLLOUT', 'STATE', 'BEGUN', 'BY', 'REASON'], ...rows]));
}

/** One rollout, the newest when none is named, and each instance's part. Exit status 3: it was taken back. */
export async function rolloutStatus(id: string | undefined, options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const wanted = id ?? (await newestId(control, options.service));
  const view = await control.call('GET /rollouts/:id', { params: { id: wanted } });
  if (view.because !== null) process.exitCode = exitCodes.refused;
  if (options.json) return printJson(view);
  print(rolloutFrame(view));
  const rows = view.members.map(({ instance, environment, cell, has, heardAt }) => [
    `  ${instance}`,
    environment,
    cell,
    has,
    timeText(heardAt),
  ]);
  if (rows.length > 0) print(columns([['  INSTANCE', 'ENVIRONMENT', 'CELL', 'HAS', 'HEARD'], ...rows]));
}

/** The same as it goes, until it is over. Exit status 0: proved, 3: taken back, 5: not over in time. */
export async function watchRollout(id: string | undefined, options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const wanted = id ?? (await newestId(control, options.service));
  // JSON Lines: one object at each change.
  const show = options.json ? eachVersion() : forPeople(process.stdout);
  const rows = process.stdout.isTTY && !options.json;
  endedWell(await followRollout(control, wanted, { seconds: options.timeout, show, rows }));
}

function eachVersion(): (view: Rollout) => void {
  let printed = -1;
  return (view) => {
    if (view.version !== printed) print(JSON.stringify(view));
    printed = view.version;
  };
}

export async function approveRollout(
  id: string,
  { breakGlass, ...options }: ControlOptions & { breakGlass?: true },
): Promise<void> {
  await order(
    'POST /rollouts/:id/approve',
    { params: { id }, body: { ...(breakGlass && { breakGlass }) } },
    options,
  );
}

/** Lets the next wave go that waits for a person's confirmation. */
export async function promoteRollout(id: string, options: ControlOptions): Promise<void> {
  await order('POST /rollouts/:id/promote', { params: { id }, body: {} }, options);
}

/** Ends one that waits for approval. */
export async function rejectRollout(id: string, options: ControlOptions & { reason: string }): Promise<void> {
  await order('POST /rollouts/:id/reject', { params: { id }, body: { reason: options.reason } }, options);
}

/** Takes back what is on its way. */
export async function abortRollout(id: string, options: ControlOptions & { reason: string }): Promise<void> {
  await order('POST /rollouts/:id/abort', { params: { id }, body: { reason: options.reason } }, options);
}

async function order<Key extends Asked & `POST /rollouts/:id/${string}`>(
  key: Key,
  given: GivenTo<Key> & { readonly params: { readonly id: string } },
  options: ControlOptions,
): Promise<void> {
  const control = await controlPlane(options);
  const { id } = given.params;
  await control.call(key, given);
  const view = await control.call('GET /rollouts/:id', { params: { id } });
  if (options.json) return printJson(view);
  print(`${id} ${phaseText(view)}`);
  say(`Follow it: npx imara rollout watch ${id}`);
}

async function newest(
  control: ControlPlane,
  service: string | undefined,
  limit: number,
): Promise<readonly Rollout[]> {
  const query = { service, limit };
  return (await control.call('GET /rollouts', { query })).rollouts;
}

async function newestId(control: ControlPlane, service: string | undefined): Promise<string> {
  const [view] = await newest(control, service, 1);
  if (view !== undefined) return view.id;
  throw new Failure({
    what: 'There was no rollout yet.',
    fix: 'Begin one: npx imara config push FILE --reason TEXT',
  });
}
