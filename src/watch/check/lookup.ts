import { Resolver } from 'node:dns';
import { readFileSync } from 'node:fs';
import { isIP, type LookupFunction } from 'node:net';

const TIMEOUT_MS = 1_000;
const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 });

/**
 * Names to addresses without the system's own look-up: that one holds a thread of the few with which files
 * are written, for as long as a name server is silent. Names must be whole (no search domains).
 */
export const lookup: LookupFunction = (host, options, callback) => {
  const found = (addresses: readonly string[], family: number) =>
    options.all
      ? callback(
          null,
          addresses.map((address) => ({ address, family })),
        )
      : callback(null, addresses[0] ?? '', family);
  const known = isIP(host) === 0 ? hosts().get(host.toLowerCase()) : host;
  if (known !== undefined) return found([known], isIP(known));
  resolver.resolve4(host, (error, addresses) => {
    if (error === null) return found(addresses, 4);
    resolver.resolve6(host, (_, later) => {
      if (later === undefined) callback(error, '', 4);
      else found(later, 6);
    });
  });
};

let ownNames: ReadonlyMap<string, string> | undefined;

/** The names that this machine has of itself, read once. */
function hosts(): ReadonlyMap<string, string> {
  ownNames ??= readHosts();
  return ownNames;
}

function readHosts(): ReadonlyMap<string, string> {
  const names = new Map([['localhost', '127.0.0.1']]);
  try {
    for (const line of readFileSync('/etc/hosts', 'utf8').split('\n')) {
      const [address = '', ...hostNames] = line.replace(/#.*/, '').trim().split(/\s+/);
      if (isIP(address) === 4) for (const name of hostNames) names.set(name.toLowerCase(), address);
    }
  } catch {
    // Without the file there are only the name servers.
  }
  return names;
}
