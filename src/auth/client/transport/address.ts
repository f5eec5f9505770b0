import ipaddr from 'ipaddr.js';

/** Where an authentication server is, as an operator writes it. */
export type ServerAddress =
  | { kind: 'ip'; secure: boolean; ip: string; port: number }
  | { kind: 'host'; secure: boolean; name: string; port: number }
  /** The record tells hosts and ports. */
  | { kind: 'srv'; secure: boolean; name: string };

const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Reads `https://10.0.0.1:8443`, `http://[::1]:8080`, `https://auth.example`,
 * `https+srv://_auth._tcp.example`. `undefined` when the text is none of these: a path, user or query is not
 * part of an address.
 */
export function parseServerAddress(text: string): ServerAddress | undefined {
  const match = /^(https?)(\+srv)?:\/\/(\[[0-9a-f:.]+\]|[^\s/:?#@[\]]+)(?::([0-9]{1,5}))?\/?$/i.exec(text);
  const [, scheme, srv, host, portText] = match ?? [];
  if (scheme === undefined || host === undefined) return undefined;
  const secure = scheme.toLowerCase() === 'https';
  const port = portText === undefined ? (secure ? 443 : 80) : Number(portText);
  if (port < 1 || port > 65_535) return undefined;
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (srv !== undefined) {
    return portText === undefined && isName(name) ? { kind: 'srv', secure, name } : undefined;
  }
  // Four parts in decimal: other spellings of IPv4 (`127.1`, `0x7f000001`) are read differently by different
  // programs.
  if (host.startsWith('[') ? ipaddr.IPv6.isValid(name) : ipaddr.IPv4.isValidFourPartDecimal(name)) {
    return { kind: 'ip', secure, ip: name, port };
  }
  return isName(name) ? { kind: 'host', secure, name, port } : undefined;
}

function isName(name: string): boolean {
  const labels = name.replace(/\.$/, '').split('.');
  // A last label of digits alone would be read as an address by some programs.
  return (
    name.length <= 253 && labels.every((part) => label.test(part)) && !/^[0-9]+$/.test(labels.at(-1) ?? '')
  );
}
