import { isAlias, isMap, isNode, isScalar, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { isJsonObject, type Json, type JsonObject, plainJson } from './canonical.ts';
import { MOST_DEPTH, unplain } from './check/plain.ts';
import { pathText } from './path.ts';

/**
 * A file of configuration is refused beyond this before it is parsed: Imara's own whole document is a
 * fortieth of it.
 */
export const MOST_BYTES = 262_144;
const MOST_ALIASES = 100;
const MOST_FAULTS = 10;

export type ReadDocument = { ok: true; value: JsonObject } | { ok: false; reason: string };

/**
 * A document or change as a person writes it, in YAML 1.2, of which JSON is a part. What YAML takes and
 * people do not mean is refused with its place: doubled keys, keys that are no text, merge keys, tags, values
 * left empty (`stk:` would be `null`, and delete), numbers that begin with 0 or are none, several documents.
 */
export function readDocument(text: string): ReadDocument {
  if (Buffer.byteLength(text) > MOST_BYTES) return { ok: false, reason: tooLarge() };
  if (depthOf(text) > MOST_DEPTH * 4)
    return { ok: false, reason: `it is nested more than ${MOST_DEPTH} deep` };
  const lines = new LineCounter();
  // Doubled keys are found below: the parser compares each with all others.
  const options = {
    version: '1.2',
    merge: false,
    uniqueKeys: false,
    lineCounter: lines,
    logLevel: 'silent',
  } as const;
  const documents = parseAllDocuments(text, options);
  const [document] = documents;
  if (!Array.isArray(documents) || document === undefined || isEmpty(document.contents))
    return { ok: false, reason: 'it is empty' };
  const complaint = [...document.errors, ...document.warnings][0];
  if (complaint !== undefined) return { ok: false, reason: firstLine(complaint.message) };
  if (documents.length > 1) return { ok: false, reason: 'it holds several documents, divided by ---' };
  if (document.directives?.yaml.version !== '1.2') return { ok: false, reason: 'it must be YAML 1.2' };
  const faults = faultsIn(document.contents, lines);
  if (faults.length > 0) return { ok: false, reason: faults.join('\n') };
  return plainValue(() => document.toJS({ maxAliasCount: MOST_ALIASES }));
}

export function tooLarge(): string {
  return `it is larger than ${MOST_BYTES.toLocaleString('en-US')} bytes`;
}

function plainValue(read: () => unknown): ReadDocument {
  let value: Json;
  try {
    const raw = read();
    const [fault] = unplain(raw);
    if (fault !== undefined)
      return { ok: false, reason: `${pathText(fault.path)} ${fault.reason}; ${fault.advice}` };
    value = plainJson(raw);
  } catch (error) {
    // Aliases that would multiply without end.
    return { ok: false, reason: error instanceof Error ? firstLine(error.message) : String(error) };
  }
  return isJsonObject(value)
    ? { ok: true, value }
    : { ok: false, reason: 'it is not an object of keys and values' };
}

function faultsIn(root: Node | null, lines: LineCounter): string[] {
  const faults: string[] = [];
  const say = (node: unknown, what: string) => {
    const offset = isNode(node) ? node.range?.[0] : undefined;
    const { line, col } = lines.linePos(offset ?? 0);
    faults.push(`line ${line}, column ${col}: ${what}`);
  };
  const look = (node: unknown): void => {
    if (faults.length >= MOST_FAULTS || isAlias(node)) return;
    if (isNode(node) && node.tag !== undefined && !isPlainTag(node.tag))
      say(node, `the tag ${node.tag} is not taken; write text, numbers, true, false, lists and keys`);
    if (isScalar(node)) {
      const fault = scalarFault(node.value, node.source);
      if (fault !== undefined) say(node, fault);
    } else if (isMap(node)) {
      const seen = new Set<string>();
      for (const { key, value } of node.items) {
        const name = keyOf(key);
        if (typeof name !== 'string') say(key, name.fault);
        else if (seen.has(name)) say(key, `the key ${name} is here twice`);
        else seen.add(name);
        if (isEmpty(value)) say(key, 'the key has no value; write null if it shall be deleted');
        else look(value);
      }
    } else if (isNode(node) && 'items' in node && Array.isArray(node.items)) {
      for (const item of node.items) {
        if (isEmpty(item)) say(node, 'an item of the list is empty');
        else look(item);
      }
    }
  };
  look(root);
  return faults;
}

function keyOf(key: unknown): string | { fault: string } {
  if (!isScalar(key)) return { fault: 'a key must be text' };
  if (typeof key.value !== 'string')
    return { fault: `the key ${key.source} is no text; write it in quotes: "${key.source}"` };
  return key.value === '<<' ? { fault: 'merge keys (<<) are not taken; write the keys out' } : key.value;
}

function scalarFault(value: unknown, source: string | undefined): string | undefined {
  if (typeof value !== 'number' || source === undefined) return undefined;
  if (!Number.isFinite(value)) return `${source} is not a number that can be kept`;
  if (/^[-+]?0[0-9]/.test(source))
    return `${source} begins with 0, which some programs read as octal; write it without, or in quotes if it is text`;
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return `${source} is beyond what can be held exactly; write less than 2^53, or in quotes if it is text`;
  return undefined;
}

/** `null` that nobody wrote. */
function isEmpty(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null && !node.source);
}

function isPlainTag(tag: string): boolean {
  return /^(tag:yaml\.org,2002:|!!)(str|int|float|bool|null|map|seq)$/.test(tag);
}

/**
 * The most brackets that are open at once, and the most dashes of one line: the parser needs a stack for
 * each.
 */
function depthOf(text: string): number {
  let deepest = 0;
  let open = 0;
  for (const character of text) {
    if (character === '[' || character === '{') deepest = Math.max(deepest, ++open);
    else if ((character === ']' || character === '}') && open > 0) open -= 1;
  }
  const nested = text.match(/^\s*(?:[-?:]\s+)+/gm) ?? [];
  return nested.reduce((most, line) => Math.max(most, line.length / 2), deepest);
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}
