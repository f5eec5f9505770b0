import { isUtf8 } from 'node:buffer';

/*
 * What may enter as text, whatever it enters by: a header, a query, a body, an argument. A control character
 * cannot be stored (NUL), or turns what people read into something else; half of a surrogate pair is stored
 * as another character. Neither is mended: it is refused where it enters.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_IN_BLOCK = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** One line of text. */
export function isPlain(text: string): boolean {
  return !CONTROL.test(text) && text.isWellFormed();
}

/** Text of several lines (a certificate, a reason): tabs and line ends are part of it. */
export function isPlainBlock(text: string): boolean {
  return !CONTROL_IN_BLOCK.test(text) && text.isWellFormed();
}

/** Whether all text in a value as JSON has it is, names of keys included; however deep it is. */
export function isPlainValue(value: unknown, isGood: (text: string) => boolean = isPlainBlock): boolean {
  const left = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === 'string') {
      if (!isGood(next)) return false;
    } else if (typeof next === 'object' && next !== null) {
      for (const [key, inner] of Object.entries(next)) left.push(key, inner);
    }
  }
  return true;
}

/** `undefined`: the bytes are not UTF-8. */
export function readUtf8(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/**
 * `undefined`: the text is not base64 to the letter (RFC 4648 §4, with its padding). Node's own reader skips
 * what it does not know.
 */
export function readBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** Both parts of `Authorization: Basic …` (RFC 7617), neither empty; `undefined` when it is anything else. */
export function readBasic(header: string | undefined): { user: string; password: string } | undefined {
  const encoded = /^Basic +(\S{1,2000})$/i.exec(header ?? '')?.[1];
  const bytes = encoded === undefined ? undefined : readBase64(encoded);
  const text = bytes === undefined ? undefined : readUtf8(bytes);
  if (text === undefined || !isPlain(text)) return undefined;
  const colon = text.indexOf(':');
  if (colon < 1 || colon === text.length - 1) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
