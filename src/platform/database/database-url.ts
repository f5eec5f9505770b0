/**
 * A URL of PostgreSQL as our client reads it, or why it cannot be used, for people. Never holds the password.
 */
export type DatabaseUrl = { ok: true; url: string } | { ok: false; reason: string };

const EXAMPLE = 'postgres://user:password@host:5432/database';
/** As libpq has them. Its `allow` and `prefer` fall back to no encryption, which our client does not. */
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full', 'no-verify'];

const EXAMPLES = 'postgres://user:password@one:5432,two:5432/database';
/** More than that is a mistake, and each costs time. */
const MOST_HOSTS = 8;
/** Of `target_session_attrs`: every process here writes. */
const WRITABLE = ['read-write', 'primary'];

/**
 * Checks a URL and gives `sslmode` the meaning that libpq, and so every other tool, gives it: our client
 * would take `require` for `verify-full`, and says in a warning that it will change that. Several hosts
 * (`one:5432,two:5432`) come out in libpq's other form, `host=one,two&port=5432,5432`, which is a URL to
 * everybody else too; with them `target_session_attrs`, as `read-write` if it was not named.
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  const several = hostsInAuthority(text);
  const first =
    several === undefined
      ? text.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=[/?])/i, '$1localhost')
      : text.replace(several.join(), several[0] ?? '');
  const bad = several?.find((host) => placeIn(host) === undefined);
  if (bad !== undefined) return wrong(`"${bad}" is no host; write something like ${EXAMPLES}`);
  if (!URL.canParse(first)) return wrong(`it is no URL; write something like ${EXAMPLE}`);
  const url = new URL(first);
  if (!/^postgres(ql)?:$/.test(url.protocol))
    return wrong(`it begins with ${url.protocol}// instead of postgres://; write something like ${EXAMPLE}`);
  if (url.pathname.length < 2) return wrong(`it names no database; write something like ${EXAMPLE}`);
  const problem = nameHosts(url, several);
  if (problem !== undefined) return wrong(problem);
  const mode = url.searchParams.get('sslmode');
  if (mode === null) return { ok: true, url: url.searchParams.has(SEARCH) ? url.href : first };
  if (!SSL_MODES.includes(mode)) {
    const why =
      mode === 'prefer' || mode === 'allow' ? 'which may end up without encryption' : 'which is none';
    return wrong(`sslmode is ${mode}, ${why}; write ${SSL_MODES.slice(0, -1).join(', ')}`);
  }
  if (mode === 'verify-ca' && !url.searchParams.has('sslrootcert'))
    return wrong(
      'sslmode is verify-ca without sslrootcert: give the file of the authority, or write verify-full',
    );
  if (mode !== 'no-verify' && !url.searchParams.has('uselibpqcompat'))
    url.searchParams.set('uselibpqcompat', 'true');
  return { ok: true, url: url.href };
}

/** Where the authority names more than one. */
function hostsInAuthority(text: string): string[] | undefined {
  const [, authority = ''] = /^postgres(?:ql)?:\/\/([^/?#]*)/i.exec(text) ?? [];
  const hosts = authority.slice(authority.lastIndexOf('@') + 1).split(',');
  return hosts.length > 1 ? hosts : undefined;
}

const SEARCH = 'target_session_attrs';

/**
 * Writes into `url` which hosts there are and that the primary is looked for, where that is so; or says what
 * is wrong with it.
 */
function nameHosts(url: URL, several: string[] | undefined): string | undefined {
  const query = url.searchParams;
  const wanted = query.get(SEARCH);
  if (wanted !== null && !WRITABLE.includes(wanted))
    return `target_session_attrs is ${wanted}, which may lead to a standby; write ${WRITABLE.join(' or ')}`;
  const hosts = several ?? hostsInQuery(query);
  if (typeof hosts === 'string') return hosts;
  if (hosts.length < 2 && wanted === null) return undefined;
  const places = (hosts.length === 0 ? [url.host] : hosts).map(placeIn);
  const bad = places.indexOf(undefined);
  if (bad >= 0) return `"${hosts[bad]}" is no host; write something like ${EXAMPLES}`;
  if (places.length > MOST_HOSTS) return `it names ${places.length} hosts; name ${MOST_HOSTS} at most`;
  query.set('host', places.map((place) => place?.hostname.replace(/^\[(.+)\]$/, '$1')).join());
  query.set('port', places.map((place) => place?.port || '5432').join());
  query.set(SEARCH, wanted ?? 'read-write');
  return undefined;
}

/** Of `host=one,two&port=5432,5433`, as the authority would have them; one port is that of all. */
function hostsInQuery(query: URLSearchParams): string[] | string {
  const hosts = query.get('host')?.split(',') ?? [];
  const ports = query.get('port')?.split(',') ?? [];
  if (ports.length > 1 && ports.length !== hosts.length)
    return `it names ${hosts.length} hosts and ${ports.length} ports; name as many, or one port for all`;
  return hosts.map((host, index) => {
    const port = ports[index] ?? ports[0] ?? '';
    return `${host.includes(':') ? `[${host}]` : host}${port && `:${port}`}`;
  });
}

function placeIn(host: string): URL | undefined {
  const text = `postgres://${host}`;
  return host !== '' && URL.canParse(text) ? new URL(text) : undefined;
}

/**
 * Of a URL that was parsed: one for each of its hosts, when the primary among them is to be looked for; none
 * when it names one host, whatever that is.
 */
export function candidatesOf(text: string): string[] {
  if (!URL.canParse(text) || !new URL(text).searchParams.has(SEARCH)) return [];
  return hostsOf(new URL(text)).map((host) => {
    const url = new URL(text);
    for (const name of ['host', 'port', SEARCH]) url.searchParams.delete(name);
    url.host = host;
    return url.href;
  });
}

function hostsOf(url: URL): string[] {
  const hosts = hostsInQuery(url.searchParams);
  return typeof hosts === 'string' || hosts.length === 0 ? [url.host] : hosts;
}

function wrong(reason: string): DatabaseUrl {
  return { ok: false, reason };
}

/** Where it leads, without who asks: for messages. */
export function placeOf(text: string): string {
  const parsed = parseDatabaseUrl(text);
  return parsed.ok ? `${serverOf(parsed.url)}${new URL(parsed.url).pathname}` : 'a URL that cannot be used';
}

/** The hosts of a URL that was parsed. */
export function serverOf(text: string): string {
  return hostsOf(new URL(text)).join();
}
