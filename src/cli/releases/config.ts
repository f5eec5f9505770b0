import { createReadStream } from 'node:fs';
import { stringify } from 'yaml';
import type { Json, JsonObject } from '../../config/canonical.ts';
import type { Change } from '../../config/diff.ts';
import { MOST_BYTES, readDocument } from '../../config/read.ts';
import type { AnswerTo } from '../../control/client.ts';
import { type ControlOptions, type ControlPlane, controlPlane } from '../control/control-plane.ts';
import { exitCodes, Failure } from '../failure.ts';
import { columns, paint, print, printJson, say, timeText } from '../terminal/terminal.ts';
import { endedWell, followRollout } from './follow.ts';

/** What a change would come to, as control judges it. Secrets are masked. */
type Judged = AnswerTo<'POST /config/validate'>;
type ReleaseFacts = NonNullable<Judged['base']>;
type WavePrices = Extract<NonNullable<Judged['plan']>, { ok: true }>['waves'];

export interface DraftOptions extends ControlOptions {
  /** The file is the whole document. */
  replace?: true;
}

/** The release in force, as YAML; the built-in configuration before the first. */
export async function showConfig(
  options: ControlOptions & { environment?: string; release?: number },
): Promise<void> {
  const { service, environment, release } = options;
  const control = await controlPlane(options);
  const shown = await control.call('GET /config', { query: { service, environment, release } });
  if (options.json) return printJson(shown);
  say(shown.release === null ? 'built in: there is no release yet' : named(shown.release));
  print(stringify(shown.document).trimEnd());
}

/** What the file would change. */
export async function diffConfig(file: string, options: DraftOptions): Promise<void> {
  const judged = await judge(await controlPlane(options), await readChange(file), options);
  const { base, changes } = judged;
  if (options.json) return printJson({ base, changes });
  showJudged(judged);
}

/** Whether the file may be pushed, and what it would put at risk. Exit status 3 when it is not valid. */
export async function validateConfig(file: string, options: DraftOptions): Promise<void> {
  const judged = await judge(await controlPlane(options), await readChange(file), options);
  if (options.json) printJson(judged);
  else showJudged(judged);
  refuseInvalid(judged);
  if (options.json) return;
  showPrice(judged);
  say(`It is valid. Push it: npx imara config push ${file} --reason TEXT`);
}

/** Makes the file a release and begins its rollout; with `wait`, stays until it is over. */
export async function pushConfig(
  file: string,
  options: DraftOptions & { reason: string; wait?: true },
): Promise<void> {
  await pushChange(await readChange(file), options);
}

/** The same with a change that was not read from a file. */
export async function pushChange(
  change: JsonObject,
  options: DraftOptions & { reason: string; wait?: true },
): Promise<void> {
  const { service, reason, replace, json, wait, timeout } = options;
  const control = await controlPlane(options);
  const judged = await judge(control, change, options);
  if (!json) showJudged(judged);
  else if (judged.problems.length > 0) printJson(judged);
  refuseInvalid(judged);
  const pushed = await control.call('POST /releases', {
    body: { ...(service && { service }), change, ...(replace && { replace }), reason },
  });
  if ('unchanged' in pushed) {
    if (json) printJson(pushed);
    return say('Nothing was pushed: this is what is in force.');
  }
  const { rollout } = pushed;
  const { changes, plan } = judged;
  if (!json) {
    showPrice(judged);
    print(rollout.id);
  }
  const now = wait ? await followRollout(control, rollout.id, { seconds: timeout }) : rollout;
  if (json) printJson({ ...pushed, changes, plan, rollout: now });
  if (wait) return endedWell(now);
  say(`Follow it: npx imara rollout watch ${rollout.id}`);
}

/** The releases, newest first, and what became of them. */
export async function configHistory(options: ControlOptions & { lines: number }): Promise<void> {
  const { service, lines: limit, json } = options;
  const control = await controlPlane(options);
  const { releases } = await control.call('GET /releases', { query: { service, limit } });
  if (json) return printJson({ releases });
  if (releases.length === 0) return say('There is no release yet.');
  const rows = releases.map(({ sequence, phase, current, createdAt, author, reason }) => [
    String(sequence),
    `${phase ?? '–'}${current ? ', in force' : ''}`,
    timeText(createdAt),
    author,
    reason,
  ]);
  print(columns([['RELEASE', 'STATE', 'AT', 'BY', 'REASON'], ...rows]));
}

function judge(control: ControlPlane, change: JsonObject, options: DraftOptions): Promise<Judged> {
  const { service, replace } = options;
  const body = { ...(service && { service }), change, ...(replace && { replace }) };
  return control.call('POST /config/validate', { body });
}

function showJudged({ base, changes }: Judged): void {
  say(`against ${base === null ? 'the built-in configuration' : named(base)}`);
  showChanges(changes);
}

export function showChanges(changes: readonly Change[]): void {
  if (changes.length === 0) say('nothing changes');
  for (const { path, before, after } of changes) {
    const deleted = after === undefined ? '  (deleted)' : '';
    if (before !== undefined) print(paint('red', `- ${path}: ${valueText(before)}${deleted}`));
    if (after !== undefined) print(paint('green', `+ ${path}: ${valueText(after)}`));
  }
}

function valueText(value: Json): string {
  return JSON.stringify(value);
}

/** What it would cost if the change were wholly bad. */
function showPrice({ plan, switches, onlyRules }: Judged): void {
  if (switches !== null)
    say('It only switches off: one instance, then all, within seconds; nobody has to approve it.');
  else if (onlyRules)
    say(
      'It only changes how changes travel: people approve it as ever; then one instance, and all, within seconds.',
    );
  else if (plan === null) say('This control process does not hear the fleet, so the harm is not priced.');
  else if (!plan.ok) say(`No rollout can be planned: ${plan.reason}; ${plan.advice}.`);
  else say(`If it were wholly bad, failed payments up to the roll-back:\n${priceTable(plan.waves)}`);
}

function priceTable(waves: WavePrices): string {
  const rows = waves.map(({ kind, instances, share, harm }, index) => [
    `wave ${index + 1}`,
    kind,
    `${instances}`,
    `${Math.round(share * 100)} %`,
    `${Math.ceil(harm.expected)}`,
    `${Math.ceil(harm.p95)}`,
  ]);
  return columns([['', 'KIND', 'INSTANCES', 'HAVE IT', 'EXPECTED', '95 % BELOW'], ...rows]);
}

function refuseInvalid({ problems }: Judged): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ environments, path, value, reason, advice }) => {
    const shown = value === undefined ? '' : ` ${valueText(value)}`;
    return `  ${path}${shown} ${reason} (${environments.join(', ')}): ${advice}`;
  });
  throw new Failure({
    what: 'The configuration is not valid; nothing was pushed.',
    why: lines.join('\n'),
    fix: 'Mend these, then try again.',
    exitCode: exitCodes.refused,
  });
}

function named({ sequence, author, createdAt, reason }: ReleaseFacts): string {
  return `release ${sequence}, by ${author} at ${createdAt}: ${reason}`;
}

/** A change in YAML, of which JSON is a part; `-`: from stdin. What is too large is not read to its end. */
export async function readChange(
  file: string,
  example = 'such as `mpesa: { stk: { minAmountShillings: 10 } }`',
): Promise<JsonObject> {
  const wrong = (what: string, why: string) =>
    new Failure({
      what,
      why,
      fix: `Give a YAML or JSON file of keys and values: ${example}.`,
      exitCode: exitCodes.usage,
    });
  const text = await beginningOf(file).catch((error: unknown) => {
    throw wrong(`${file} cannot be read.`, error instanceof Error ? error.message : String(error));
  });
  const read = readDocument(text);
  if (read.ok) return read.value;
  throw wrong(`${file} is not taken.`, read.reason);
}

async function beginningOf(file: string): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of file === '-' ? process.stdin : createReadStream(file)) {
    parts.push(part);
    length += part.length;
    if (length > MOST_BYTES) break;
  }
  return Buffer.concat(parts).toString('utf8');
}
