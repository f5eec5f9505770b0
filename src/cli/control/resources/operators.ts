import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role } from '../../../control/operators.ts';
import { variable } from '../../../platform/environment/read.ts';
import { replaceFile } from '../../../platform/files/atomic-file.ts';
import { homeOf } from '../../../supervisor/home/home.ts';
import { columns, print, printJson, say, timeText } from '../../terminal/terminal.ts';
import { type ControlOptions, controlPlane } from '../control-plane.ts';

/** Who may ask control, and as what. */
export async function listOperators(options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const listed = await control.call('GET /operators', {});
  if (options.json) return printJson(listed);
  const rows = listed.operators.map(({ name, role, createdAt }) => [
    name,
    role,
    timeText(createdAt),
    name === listed.you ? 'you' : '',
  ]);
  print(columns([['OPERATOR', 'ROLE', 'SINCE', ''], ...rows]));
}

/** Prints the token, which nobody can see again. */
export async function addOperator(name: string, options: ControlOptions & { role: Role }): Promise<void> {
  const { role, json } = options;
  const control = await controlPlane(options);
  const added = await control.call('POST /operators', { body: { name, role } });
  if (json) return printJson(added);
  print(added.token);
  say(`This is the token of ${name} (${role}), shown this once. It goes into a file: --token-file FILE.`);
}

/** Another token; the old one is worth nothing from now on. */
export async function rotateOperator(name: string, options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const { you } = await control.call('GET /operators', {});
  const file = you === name ? await ownTokenFile(options) : undefined;
  const rotated = await control.call('POST /operators/:name/rotate', { params: { name } });
  if (file !== undefined) {
    await replaceFile(file, `${rotated.token}\n`);
    say(`${file} holds it from now on.`);
  }
  if (options.json) return printJson(rotated);
  print(rotated.token);
  say(`This is the new token of ${name}, shown this once; the old one is worth nothing any more.`);
}

export async function removeOperator(name: string, options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const removed = await control.call('DELETE /operators/:name', { params: { name } });
  if (options.json) return printJson(removed);
  for (const warning of removed.warnings) say(`Note: nobody can pass the rules any more. ${warning}.`);
  say(`${name} may do nothing any more.`);
}

/** The file that the token in use comes from: else who replaces their own would lock themselves out. */
async function ownTokenFile({ tokenFile }: ControlOptions): Promise<string | undefined> {
  if (tokenFile === undefined && variable('IMARA_OPERATOR_TOKEN')) return undefined;
  const file = tokenFile ?? join(homeOf().directory, 'control', 'operator-token');
  return readFile(file).then(
    () => file,
    () => undefined,
  );
}
