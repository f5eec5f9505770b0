import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { type Settings, settingsSchema } from './schema.ts';

/** The settings are wrong: the message is for the operator, who needs no stack trace. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';
}

type Plain = Record<string, unknown>;

/**
 * Reads the settings files, of which a later one adds to the lists of an earlier one, and replaces its single
 * values. Paths in a file are from its own folder. Throws `WrongSettings`, which names file, key and cause.
 */
export async function loadSettings(files: readonly string[]): Promise<Settings> {
  const parts = await Promise.all(files.map(readPart));
  const merged = parts.reduce((all, part) => merge(all, part), {});
  const value = Value.Default(settingsSchema, merged);
  if (!Value.Check(settingsSchema, value)) throw new WrongSettings(faults(files, value));
  const settings = value as Settings;
  const wrong = contradictions(settings);
  if (wrong.length > 0) throw new WrongSettings(`${files.join(', ')}: ${wrong.join('; ')}`);
  return settings;
}

/** The secret in a file, without the line's end. */
export async function readSecret(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new WrongSettings(`${file} cannot be read: ${error.message}`);
  });
  if (text.trim() === '') throw new WrongSettings(`${file} is empty; write a secret into it`);
  return text.trim();
}

/** A token, which is one word: it is shown in a header. */
export async function readToken(file: string): Promise<string> {
  const token = await readSecret(file);
  if (/^\S+$/.test(token)) return token;
  throw new WrongSettings(`${file} holds more than one word; a token has no spaces`);
}

async function readPart(file: string): Promise<Plain> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new WrongSettings(`the settings file ${file} cannot be read: ${(error as Error).message}`);
  }
  try {
    const value: unknown = parse(text) ?? {};
    if (!isPlain(value)) throw new Error('it is no list of keys and values');
    return withPaths(value, dirname(resolve(file)));
  } catch (error) {
    throw new WrongSettings(`${file} is no YAML: ${(error as Error).message}`);
  }
}

const PATHS = ['journal', 'path'];

/** Every path is made absolute: of two files in two folders each means its own. */
function withPaths(value: Plain, folder: string): Plain {
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      if (Array.isArray(part)) return [key, part.map((one) => (isPlain(one) ? withPaths(one, folder) : one))];
      if (isPlain(part)) return [key, withPaths(part, folder)];
      const isPath = typeof part === 'string' && (PATHS.includes(key) || key.endsWith('File'));
      return [key, isPath ? resolve(folder, part) : part];
    }),
  );
}

function merge(all: Plain, part: Plain): Plain {
  const merged = { ...all };
  for (const [key, value] of Object.entries(part)) {
    const before = merged[key];
    if (Array.isArray(before) && Array.isArray(value)) merged[key] = [...before, ...value];
    else if (isPlain(before) && isPlain(value)) merged[key] = merge(before, value);
    else merged[key] = value;
  }
  return merged;
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const MOST_SHOWN = 5;

/** Of a list whose members are of several kinds only what the member's own kind says is of use. */
function faults(files: readonly string[], value: unknown): string {
  const errors = [...Value.Errors(settingsSchema, value)].filter(
    ({ keyword }) => keyword !== 'anyOf' && keyword !== 'const',
  );
  const lines = errors.map(({ instancePath, message, params }) => {
    const key = instancePath.slice(1).replaceAll('/', '.') || 'the file';
    const names = Object.values(params ?? {})
      .flat()
      .filter((one) => typeof one === 'string');
    return `${key} ${message}${names.length > 0 ? ` (${names.join(', ')})` : ''}`;
  });
  const shown = [...new Set(lines)].slice(0, MOST_SHOWN);
  if (shown.length === 0) shown.push('a target, a channel or a subscriber is of a kind that there is not');
  return `${files.join(', ')}: ${shown.join('; ')}`;
}

function contradictions({ channels, routes, targets, subscribers, mail }: Settings): string[] {
  const known = new Set(channels.map(({ name }) => name));
  const routed = Object.entries(routes ?? {}).flatMap(([severity, steps]) =>
    steps.flatMap((step) => step.channels.map((name) => ({ severity, name }))),
  );
  const mailed = [...channels, ...subscribers].filter(({ kind }) => kind === 'smtp' || kind === 'mail');
  return [
    ...(mail === undefined
      ? mailed.map(({ name }) => `"${name}" is sent by mail, and there is no server for it (mail)`)
      : []),
    ...((mail?.user === undefined) === (mail?.passwordFile === undefined)
      ? []
      : ['mail.user and mail.passwordFile belong together']),
    ...routed
      .filter(({ name }) => !known.has(name))
      .map(({ severity, name }) => `routes.${severity} names the channel "${name}", which there is not`),
    ...twice([...channels, ...subscribers].map(({ name }) => name)).map(
      (name) => `two channels or subscribers are called "${name}"`,
    ),
    ...twice(targets.map(({ name }) => name)).map((name) => `two targets are called "${name}"`),
  ];
}

function twice(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
