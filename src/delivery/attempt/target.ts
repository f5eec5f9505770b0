import ipaddr from 'ipaddr.js';
import type { TargetRules } from '../settings.ts';

/** Where a callback goes, as far as its URL says. */
export interface Target {
  protocol: 'http:' | 'https:';
  /** Name, or address without brackets. */
  hostname: string;
  port: number;
  /** Path and query, as the merchant wrote them. */
  path: string;
}

export type TargetVerdict = { ok: true; target: Target } | { ok: false; reason: string };

/** Host name of a URL in the normal form (`http://2130706433/` is at `127.0.0.1`), or '' when it has none. */
export function hostOf(url: string): string {
  return URL.parse(url)?.hostname ?? '';
}

/*
 * Blanks, invisible characters, halves of characters and backslashes; scheme, two slashes and a host. A
 * parser puts in the slashes and drops or turns the characters, each its own way: what is checked would not
 * be what is sent.
 */
const UNSAFE = /[\p{C}\p{Z}\\]/u;
const WITH_HOST = /^https?:\/\/[^/?#]/i;

/**
 * The rules that a callback's URL must keep; the addresses its name resolves to must keep `addressAllowed`
 * too. Accepting a URL with these rules does not replace the check at sending: the name may point elsewhere
 * by then.
 */
export function checkUrl(url: string, rules: TargetRules): TargetVerdict {
  const parsed = URL.parse(url);
  if (parsed === null || UNSAFE.test(url)) return refusal('not a valid URL');
  const { protocol, hostname } = parsed;
  if (protocol !== 'https:' && !(protocol === 'http:' && rules.allowPlainHttp)) {
    return refusal(`${protocol} is not allowed`);
  }
  if (!WITH_HOST.test(url)) return refusal('not a valid URL');
  if (parsed.username !== '' || parsed.password !== '') return refusal('credentials in the URL');
  const port = parsed.port === '' ? (protocol === 'https:' ? 443 : 80) : Number(parsed.port);
  // A client takes 0 for no port at all and connects to the scheme's own.
  if (port === 0) return refusal('port 0 is not a port');
  if (!rules.allowPrivateTargets && !rules.allowedPorts.includes(port)) {
    return refusal(`port ${port} is not allowed`);
  }
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return { ok: true, target: { protocol, hostname: bare, port, path: pathAsWritten(url, parsed) } };
}

/**
 * Ranges of the local profile. Link-local stays refused even there: it holds the clouds' metadata service.
 */
const localRanges = new Set(['private', 'loopback', 'carrierGradeNat', 'uniqueLocal']);
const globalUnicastV6 = ipaddr.parseCIDR('2000::/3');

/**
 * True for a global unicast address, and for a private or loopback one where the rules allow it. An IPv4
 * address inside an IPv6 one (mapped, NAT64, 6to4, Teredo) is refused: it would reach what the plain form may
 * not.
 */
export function addressAllowed(address: string, rules: Pick<TargetRules, 'allowPrivateTargets'>): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (rules.allowPrivateTargets && localRanges.has(range)) return true;
  return range === 'unicast' && (parsed.kind() === 'ipv4' || parsed.match(globalUnicastV6));
}

function refusal(reason: string): TargetVerdict {
  return { ok: false, reason };
}

/**
 * `URL` folds dot segments; the vendor keeps every segment. What is not ASCII goes in `URL`'s escaped form.
 */
function pathAsWritten(url: string, parsed: URL): string {
  const written = /^[a-z]+:\/\/[^/?#]+([^#]*)/i.exec(url)?.[1];
  if (written === undefined || !/^[\x21-\x7e]*$/.test(written)) return parsed.pathname + parsed.search;
  return written.startsWith('/') ? written : `/${written}`;
}
