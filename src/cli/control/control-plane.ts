import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Answer,
  type AnswerTo,
  type Asked,
  type AskOptions,
  controlClient,
  type GivenTo,
} from '../../control/client.ts';
import { variable } from '../../platform/environment/read.ts';
import { homeOf } from '../../supervisor/home/home.ts';
import { readState } from '../../supervisor/local-api.ts';
import { exitCodes, Failure } from '../failure.ts';

export interface ControlOptions {
  /** Base URL of control; else `IMARA_CONTROL_URL`, else the one of this home. */
  control?: string;
  /** Else `IMARA_OPERATOR_TOKEN`, else the file of this home. */
  tokenFile?: string;
  /** Whose configuration; control knows the usual one. */
  service?: string;
  json?: true;
  /**
   * Seconds. Of commands that wait for an end, until then; a single call takes no more than `MOST_CALL_MS`.
   */
  timeout: number;
}

/** Longer than control takes to hear what the leader did of a command. */
const MOST_CALL_MS = 15_000;

/** Who is asked, and as whom. Known without asking anybody. */
export interface ControlPlane {
  /** What control answered, within `timeoutMs`. Expected refusals and silence are values. */
  ask<Key extends Asked>(
    key: Key,
    given: GivenTo<Key>,
    options?: Partial<AskOptions>,
  ): Promise<Answer<AnswerTo<Key>>>;
  /** The same for who can do nothing without: what is not done is thrown as a `Failure`. */
  call<Key extends Asked>(key: Key, given: GivenTo<Key>): Promise<AnswerTo<Key>>;
}

/** A `Failure` when it is not known where control is, or no token is. */
export async function controlPlane(options: ControlOptions): Promise<ControlPlane> {
  const client = controlClient({ url: await controlUrl(options), token: await operatorToken(options) });
  const usual = { timeoutMs: Math.min(options.timeout * 1_000, MOST_CALL_MS) };
  return {
    ask: (key, given, its) => client.ask(key, given, { ...usual, ...its }),
    async call(key, given) {
      const answer = await client.ask(key, given, usual);
      if (answer.kind === 'done') return answer.value;
      throw asFailure(answer);
    },
  };
}

/** As text for the person who asked. */
export function asFailure(answer: Exclude<Answer<unknown>, { kind: 'done' }>): Failure {
  if (answer.kind === 'none') {
    const { what, why, late } = answer;
    const fix = late
      ? 'See `npx imara rollout list`; give it longer with --timeout SECONDS.'
      : 'See `npx imara status`; name another control with --control URL.';
    return new Failure({ what, why, fix, exitCode: late ? exitCodes.timedOut : exitCodes.failed });
  }
  const { status, error } = answer;
  const { exitCode, fix } = advice(status, error.code);
  return new Failure({ what: error.message, fix, exitCode });
}

function advice(status: number, code: string): { exitCode: number; fix: string } {
  switch (true) {
    case status === 401:
      return {
        exitCode: exitCodes.unauthenticated,
        fix: 'Name the file of a valid token with --token-file FILE, or set IMARA_OPERATOR_TOKEN.',
      };
    case status === 403:
      return { exitCode: exitCodes.unauthenticated, fix: 'Ask somebody who may.' };
    case code === 'rollout_under_way':
      return { exitCode: exitCodes.refused, fix: 'See `npx imara rollout watch`, and `rollout abort`.' };
    case code === 'unavailable':
      return {
        exitCode: exitCodes.failed,
        fix: 'Give the order again when the database is back: see `npx imara status`. `npx imara undo` works without it.',
      };
    case status === 409 || status === 422:
      return { exitCode: exitCodes.refused, fix: '' };
    default:
      return { exitCode: exitCodes.failed, fix: status >= 500 ? 'See `npx imara logs control-1`.' : '' };
  }
}

async function controlUrl({ control = variable('IMARA_CONTROL_URL') }: ControlOptions): Promise<string> {
  const here = control || (await readState(homeOf()))?.status.control;
  if (here) return here.replace(/\/+$/, '');
  throw new Failure({
    what: 'It is not known where control is: Imara is not up here.',
    fix: 'Start it with `npx imara up`, or name another control with --control URL.',
  });
}

async function operatorToken({ tokenFile }: ControlOptions): Promise<string> {
  const token = variable('IMARA_OPERATOR_TOKEN');
  if (tokenFile === undefined && token !== undefined) return plainToken(token, 'IMARA_OPERATOR_TOKEN');
  const file = tokenFile ?? join(homeOf().directory, 'control', 'operator-token');
  try {
    return plainToken((await readFile(file, 'utf8')).trim(), file);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure({
      what: 'There is no operator token to show to control.',
      why: error instanceof Error ? error.message : String(error),
      fix: 'Name its file with --token-file FILE, or set IMARA_OPERATOR_TOKEN.',
      exitCode: exitCodes.unauthenticated,
    });
  }
}

/** What cannot stand in a header is no token, and would look like a control that cannot be reached. */
function plainToken(token: string, source: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new Failure({
    what: `${source} does not hold an operator token.`,
    fix: 'A token is one line of letters, digits, - and _. Name its file with --token-file FILE, or set IMARA_OPERATOR_TOKEN.',
    exitCode: exitCodes.unauthenticated,
  });
}
