import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Resolution =
  | { kind: 'found'; addresses: string[] }
  /** The name has no address, and its name servers said so. */
  | { kind: 'no_address'; reason: string }
  /** Nobody could say: a name server was silent, unreachable or failed. */
  | { kind: 'no_answer'; reason: string };

/** How long the slower of the two address families may take once the other has answered. */
const OTHER_FAMILY_MS = 300;
const NO_ADDRESS = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * Every address of a name: `localhost` is loopback (RFC 6761), then the hosts file, then the name servers
 * (the system's when `dnsServers` is empty), asked directly: `getaddrinfo` cannot be cancelled, and two
 * lookups stuck in it hold up every other in the process. A new resolver each time (20 µs) follows a changed
 * `resolv.conf` and is cancelled alone. Search domains do not apply.
 */
export async function resolveName(
  hostname: string,
  dnsServers: readonly string[],
  signal: AbortSignal,
): Promise<Resolution> {
  if (isIP(hostname) !== 0) return { kind: 'found', addresses: [hostname] };
  const name = hostname.toLowerCase().replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) {
    return { kind: 'found', addresses: ['127.0.0.1', '::1'] };
  }
  const listed = addressesInHostsFile(await readHostsFile(), name);
  if (listed.length > 0) return { kind: 'found', addresses: listed };
  return askNameServers(name, dnsServers, signal);
}

async function askNameServers(
  name: string,
  dnsServers: readonly string[],
  signal: AbortSignal,
): Promise<Resolution> {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  if (dnsServers.length > 0) resolver.setServers(dnsServers);
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  const families = [resolver.resolve4(name), resolver.resolve6(name)];
  let patience: NodeJS.Timeout | undefined;
  Promise.any(families).then(
    () => {
      patience = setTimeout(cancel, OTHER_FAMILY_MS);
    },
    () => {},
  );
  const answers = await Promise.allSettled(families);
  clearTimeout(patience);
  signal.removeEventListener('abort', cancel);

  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (addresses.length > 0) return { kind: 'found', addresses };
  const codes = answers.map((answer) => (answer.status === 'rejected' ? codeOf(answer.reason) : 'ENODATA'));
  const kind = codes.every((code) => NO_ADDRESS.has(code)) ? 'no_address' : 'no_answer';
  return { kind, reason: `name servers: ${[...new Set(codes)].join(', ')}` };
}

async function readHostsFile(): Promise<string> {
  try {
    return await readFile('/etc/hosts', 'utf8');
  } catch {
    // Not every system has one: then the name servers decide.
    return '';
  }
}

/** The addresses that the text of a hosts file gives a lower-case name. */
export function addressesInHostsFile(text: string, name: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/))
    .filter(([address, ...names]) => address !== undefined && ipaddr.isValid(address) && names.includes(name))
    .flatMap(([address]) => address ?? []);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
