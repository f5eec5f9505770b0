import { Resolver } from 'node:dns/promises';

/** Whether a name has an address, and the one that it should have; throws the reason why not. */
export async function checkDns(
  { host, server, address }: { host: string; server?: string; address?: string },
  signal: AbortSignal,
): Promise<void> {
  const resolver = new Resolver({ tries: 1 });
  if (server !== undefined) resolver.setServers([server]);
  const stop = () => resolver.cancel();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const found = await resolver.resolve4(host);
    if (address !== undefined && !found.includes(address))
      throw new Error(`${host} is ${found.join(', ')}, and not ${address}`);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
