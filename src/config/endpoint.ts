import { type TUnsafe, Type } from 'typebox';
import { isRecord, type Json } from './canonical.ts';
import { strangeCharacter } from './check/nearest.ts';
import { walk } from './check/schema-walk.ts';
import { type Path, pathText } from './path.ts';

declare const endpointKind: unique symbol;

/**
 * An address of servers of one kind (`Endpoint<'auth'>`): an absolute URL that has passed `parseEndpoint`.
 */
export type Endpoint<Kind extends string> = string & { readonly [endpointKind]: Kind };

/** What the schema says of an endpoint. The taster looks its kind up to know how such an address is tried. */
export interface EndpointRule<Kind extends string = string> {
  kind: Kind;
  /** With the colon, as in `URL.protocol`. */
  protocols: readonly string[];
}

/** TypeBox type of an address. The rule stands in the schema under `endpoint`. */
export function EndpointType<Kind extends string>(
  rule: EndpointRule<Kind>,
  options: { description?: string } = {},
): TUnsafe<Endpoint<Kind>> {
  return Type.Unsafe<Endpoint<Kind>>({
    ...Type.String({ minLength: 1, maxLength: 2_048 }),
    ...options,
    endpoint: rule,
  });
}

export type ParsedEndpoint<Kind extends string> =
  | { ok: true; endpoint: Endpoint<Kind> }
  | { ok: false; reason: string; advice: string };

/**
 * The checks that need no network. That a host resolves and answers is for the taster to find out, in its
 * place.
 */
export function parseEndpoint<Kind extends string>(
  rule: EndpointRule<Kind>,
  text: string,
): ParsedEndpoint<Kind> {
  if (isEndpoint(rule, text)) return { ok: true, endpoint: text };
  return {
    ok: false,
    reason: `is not an address of ${rule.kind} servers: ${endpointFault(rule, text)}`,
    advice: `write it like ${rule.protocols[0] ?? 'http:'}//host:8080`,
  };
}

function isEndpoint<Kind extends string>(rule: EndpointRule<Kind>, text: string): text is Endpoint<Kind> {
  return endpointFault(rule, text) === undefined;
}

function endpointFault(rule: EndpointRule, text: string): string | undefined {
  if (/[\s\p{Cc}]/u.test(text)) return 'it holds a space or control character';
  const strange = strangeCharacter(text);
  if (strange !== undefined) return `it holds ${strange}`;
  if (!URL.canParse(text)) return 'it is not an absolute URL';
  const url = new URL(text);
  if (!rule.protocols.includes(url.protocol)) {
    return `its protocol is ${url.protocol} where ${rule.protocols.join(' or ')} is expected`;
  }
  if (url.username !== '' || url.password !== '') return 'it holds a user name or password';
  if (url.hash !== '' || url.search !== '') return 'it holds a query or fragment';
  if (url.port === '0') return 'port 0 cannot be connected to';
  return hostFault(url, text);
}

function hostFault(url: URL, text: string): string | undefined {
  const host = url.hostname.replace(/\.$/, '');
  if (host === '') return 'it has no host';
  if (host.startsWith('[')) return undefined;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) {
    // The URL parser reads "http://1:80" as 0.0.0.1; nobody means that.
    return text.toLowerCase().includes(`//${host}`) ? undefined : `its host is read as ${host}`;
  }
  if (host.length > 253) return 'its host name is longer than 253 characters';
  const label = host.split('.').find((part) => !/^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(part));
  return label === undefined ? undefined : `"${label}" cannot be part of a host name`;
}

export interface FoundEndpoint {
  path: Path;
  rule: EndpointRule;
  value: string;
}

/** Every endpoint in a resolved document, in the document's order. */
export function endpointsIn(document: Json, schema: unknown): FoundEndpoint[] {
  const found: FoundEndpoint[] = [];
  walk(document, schema, (value, candidates, path) => {
    const rule = candidates.map(({ endpoint }) => endpoint).find(isEndpointRule);
    if (rule !== undefined && typeof value === 'string') found.push({ path, rule, value });
  });
  return found;
}

/** `auth.servers[1] (auth): http://…`, for a page or a log. */
export function endpointText({ path, rule, value }: FoundEndpoint): string {
  return `${pathText(path)} (${rule.kind}): ${value}`;
}

function isEndpointRule(value: unknown): value is EndpointRule {
  return isRecord(value) && typeof value.kind === 'string' && Array.isArray(value.protocols);
}
