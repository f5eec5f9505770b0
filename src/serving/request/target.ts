/**
 * Where a request goes, read once from its request line. The gate decides by it, the router and every error
 * form are given it, and nobody reads the text that was sent again: two readers of one text are two opinions
 * about it.
 */
export interface Target {
  /** `/mpesa/stkpush/v1/processrequest`: exactly as an operation writes it. */
  path: string;
  /** Behind the `?`, as it was sent; '' when there is none. */
  query: string;
  /** What the router is given: path and query. */
  url: string;
}

/**
 * Scheme and authority of an absolute form, which a client sends to a proxy (RFC 9112 §3.2.2) and a server
 * must take.
 */
const ORIGIN = /^https?:\/\/[\w.:[\]-]+(?=\/)/i;
const SEGMENTS = /^(?:\/[\w.~-]+)+$/;
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/;

/**
 * `undefined`: the target is not canonical, so nothing is at it. A path has one way to be written: segments
 * of letters, digits and `-._~`, none empty, none `.` or `..`. Nothing is decoded, folded or trimmed: `%72`
 * is not `r`, `//` is not `/`, `;x=1`, `\` and `#` end nothing, and a slash at the end is another path. A
 * known path is its own proof.
 */
export function readTarget(sent: string, isKnown: (path: string) => boolean): Target | undefined {
  const origin = sent.startsWith('/') ? undefined : ORIGIN.exec(sent)?.[0];
  const url = origin === undefined ? sent : sent.slice(origin.length);
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  if (!isKnown(path) && (!SEGMENTS.test(path) || DOT_SEGMENT.test(path))) return undefined;
  const query = mark === -1 ? '' : url.slice(mark + 1);
  // A fragment never travels; the router would end the path or the query at it.
  return query.includes('#') ? undefined : { path, query, url };
}

/** The target in the first line of what a connection began with; '' when it has none. */
export function requestLineTarget(bytes: unknown): string {
  const begin = Buffer.isBuffer(bytes) ? bytes.toString('latin1', 0, 2_100) : '';
  return /^[A-Z]+ (\S{1,2000}) HTTP\/1/.exec(begin)?.[1] ?? '';
}
