/** A URL of PostgreSQL as our client reads it, or why it cannot be used, for people. Never holds the password. */
export type DatabaseUrl = { ok: true; url: string } | { ok: false; reason: string };

const EXAMPLE = 'postgres://user:password@host:5432/database';
/** As libpq has them. Its `allow` and `prefer` fall back to no encryption, which our client does not. */
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/**
 * Checks a URL and gives `sslmode` the meaning that libpq, and so every other tool, gives it: our client would take `require` for
 * `verify-full`, and says in a warning that it will change that. One host alone: our client takes a list of hosts for one strange name.
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  const [, authority = ''] = /^postgres(?:ql)?:\/\/([^/?#]*)/i.exec(text) ?? [];
  const hosts = authority.slice(authority.lastIndexOf('@') + 1);
  if (hosts.includes(',')) {
    const list = hosts.split(',').join(' and ');
    return wrong(
      `it names several hosts (${list}); name one, which always leads to the primary: a service name of your cluster, a virtual address, PgBouncer or HAProxy before them`,
    );
  }
  if (!URL.canParse(text)) return wrong(`it is no URL; write something like ${EXAMPLE}`);
  const url = new URL(text);
  if (!/^postgres(ql)?:$/.test(url.protocol))
    return wrong(`it begins with ${url.protocol}// instead of postgres://; write something like ${EXAMPLE}`);
  if (url.pathname.length < 2) return wrong(`it names no database; write something like ${EXAMPLE}`);
  if (url.searchParams.get('host')?.includes(',') || url.searchParams.has('target_session_attrs'))
    return wrong('it asks for one of several hosts; name the one that always leads to the primary');
  const mode = url.searchParams.get('sslmode');
  if (mode === null) return { ok: true, url: text };
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

function wrong(reason: string): DatabaseUrl {
  return { ok: false, reason };
}

/** Where it leads, without who asks: for messages. */
export function placeOf(text: string): string {
  if (!URL.canParse(text)) return 'a URL that cannot be read';
  const { host, pathname } = new URL(text);
  return `${host}${pathname}`;
}
