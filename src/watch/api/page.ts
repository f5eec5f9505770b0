/** A file of the status page, as it is answered. */
export interface ServedFile {
  readonly status: 200 | 301;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  md: 'text/markdown; charset=utf-8',
  atom: 'application/atom+xml; charset=utf-8',
  rss: 'application/rss+xml; charset=utf-8',
};
/** The pages have a style and one script in them, which asks for `api/v2/status.json`. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const COMMON = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': POLICY,
  // Anybody may read it, from a page of their own too, as with other status pages.
  'access-control-allow-origin': '*',
  'cache-control': 'no-cache',
};

/**
 * `GET /` and below it, and the same below `/status/`: the status page, which needs no token. `undefined`: it
 * is no file of it. `path` is that of the URL, as it was sent: no name has a letter that is escaped.
 */
export async function pageAt(
  path: string,
  read: (path: string) => Promise<string | undefined>,
): Promise<ServedFile | undefined> {
  // Links on the page are relative to a folder.
  if (path === '/status') return { status: 301, headers: { location: 'status/' }, text: '' };
  const inside = path.replace(/^\/status\//, '/').slice(1);
  const name = inside === '' ? 'index.html' : inside;
  const type = TYPES[/\.([a-z]+)$/.exec(name)?.[1] ?? ''];
  if (type === undefined) return undefined;
  const text = await read(name);
  return text === undefined ? undefined : { status: 200, headers: { ...COMMON, 'content-type': type }, text };
}
