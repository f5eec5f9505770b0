import type { JsonObject } from '../../config/canonical.ts';
import type { FaultProblem } from '../../control/contract/resources/directories/faults.ts';
import { exitCodes, Failure } from '../failure.ts';
import { eat } from '../local/call.ts';
import { readChange } from '../releases/config.ts';
import { columns, print, printJson, say } from '../terminal/terminal.ts';
import { asFailure, type ControlOptions, controlPlane } from './control-plane.ts';

export async function listFaults(options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const answer = await control.call('GET /faults', {});
  if (options.json) return printJson(answer);
  const { faults, allowed } = answer;
  const rows = faults.map(({ name, rule, hits, expiresAt, over }) => [
    name,
    over ? 'over' : expiresAt === null ? 'on' : `until ${eat(expiresAt)}`,
    String(hits),
    `${inWords(rule.when)} → ${inWords(rule.do)}`,
  ]);
  if (rows.length > 0) print(columns([['NAME', 'STATE', 'HITS', 'WHEN → DO'], ...rows], { spare: [0, 2] }));
  else say(allowed ? 'No fault is set.' : 'No fault is set, and none may be had in this installation.');
}

function inWords(part: unknown): string {
  const pairs = Object.entries(Object(part)).map(
    ([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  return pairs.length === 0 ? 'every request' : pairs.join(', ');
}

/** What is set on the command line in place of a file: one fault. */
export interface FaultFlags {
  name?: string;
  product?: string[];
  msisdn?: string;
  shortCode?: string;
  reference?: string;
  amount?: string;
  header?: string[];
  chance?: number;
  by?: string;
  times?: number;
  for?: string;
  answer?: string;
  answerAfter?: string;
  result?: string;
  resultAfter?: string;
  queueTimeout?: true;
  processing?: string;
  callback?: string;
  callbackAfter?: string;
}

export async function setFaults(
  file: string | undefined,
  options: ControlOptions & FaultFlags & { seed?: number; replace?: true; check?: true },
): Promise<void> {
  const fault = faultOf(options);
  if ((file === undefined) === (fault === undefined))
    throw new Failure({
      what: file === undefined ? 'Which fault?' : 'A file or a fault, not both.',
      fix: 'Name a scenario file, or say what becomes of which requests: `npx imara faults set --msisdn 254700000001 --result 1032`.',
      exitCode: exitCodes.usage,
    });
  const { seed, replace, check } = options;
  const scenario: JsonObject =
    file === undefined
      ? { ...(seed !== undefined && { seed }), faults: [fault ?? {}] }
      : { ...(await readChange(file)), ...(seed !== undefined && { seed }) };
  const control = await controlPlane(options);
  const answer = await control.ask('POST /faults', { body: { scenario, replace, check } });
  if (answer.kind === 'refused' && answer.error.code === 'invalid_faults')
    throw refused(answer.error.problems);
  if (answer.kind !== 'done') throw asFailure(answer);
  if (options.json) return printJson(answer.value);
  for (const name of answer.value.set) print(name);
  say(
    check
      ? 'Nothing is wrong with it; nothing was set.'
      : 'It holds within a second. `npx imara faults clear` ends it.',
  );
}

function refused(problems: unknown): Failure {
  const lines = (problems as readonly FaultProblem[]).map(
    ({ path, value, reason, advice }) =>
      `${path}${value === undefined || typeof value === 'object' ? '' : ` ${value}`} ${reason}: ${advice}`,
  );
  return new Failure({
    what: 'The scenario is wrong; nothing was set.',
    why: lines.join('\n'),
    fix: 'What there is to write: docs/reference/faults.md.',
    exitCode: exitCodes.refused,
  });
}

/** `undefined`: the flags say of no fault. */
function faultOf(flags: FaultFlags): JsonObject | undefined {
  const { name = 'cli', product, msisdn, shortCode, reference, amount, header, chance, by, times } = flags;
  const { answer, answerAfter, result, resultAfter, queueTimeout, processing, callback, callbackAfter } =
    flags;
  const headers = header?.map((text): [string, string] => {
    const [key = '', ...rest] = text.split(/[:=]/);
    return [key.trim(), rest.join(':').trim() || '*'];
  });
  const when = given({
    product,
    msisdn,
    shortCode,
    reference,
    amount,
    header: headers && Object.fromEntries(headers),
  });
  const code = result === undefined || !/^\d+$/.test(result) ? result : Number(result);
  const effects = given({
    answer,
    answerAfter,
    result: code,
    resultAfter,
    queueTimeout,
    processing,
    callback,
    callbackAfter,
  });
  const how = given({ chance, by, times, for: flags.for });
  if (Object.keys({ ...when, ...effects, ...how }).length === 0 && flags.name === undefined) return undefined;
  return { name, ...(Object.keys(when).length > 0 && { when }), ...how, do: effects };
}

function given(values: Record<string, unknown>): JsonObject {
  return JSON.parse(JSON.stringify(values));
}

export async function clearFaults(name: string | undefined, options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const answer = await control.call('POST /faults/clear', { body: { name } });
  if (options.json) return printJson(answer);
  for (const cleared of answer.cleared) print(cleared);
  if (answer.cleared.length === 0) say('No fault was set.');
}
