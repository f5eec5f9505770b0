import { Resolver } from 'node:dns/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Deadline, DeadlineExceeded, within } from '../../platform/deadline.ts';
import { type Judged, judge } from './judge.ts';

/** A name that is reserved never to resolve (RFC 2606): a name server says so by itself. */
const NAME = 'callback.invalid';
const TRY_MS = 1_000;
const TRIES = 2;
/** It answered: there is no such name, or no address of it. */
const ANSWERS = new Set(['ENOTFOUND', 'ENODATA']);

/** Asks each name server alone, and judges them as a set. `key`: of the list in the document. */
export async function tasteNameServers(
  key: string,
  servers: readonly string[],
  served: readonly string[] = [],
  deadline: Deadline,
): Promise<Judged> {
  const tasted = await Promise.all(
    servers.map(async (address) => {
      const fault = await faultOf(address, deadline);
      return fault === undefined ? { address } : { address, fault };
    }),
  );
  const isStaying = (address: string) => served.includes(address);
  // A list that nobody changed is no worse than it was; one that has lost all that works is.
  return judge(key, tasted, { isStaying, isOptional: isDeepStrictEqual(servers, served) });
}

async function faultOf(server: string, deadline: Deadline): Promise<string | undefined> {
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
  try {
    resolver.setServers([server]);
    await within(deadline, 'a name', () => resolver.resolve4(NAME));
    return undefined;
  } catch (error) {
    if (error instanceof DeadlineExceeded) return 'no answer in time';
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (ANSWERS.has(code)) return undefined;
    return error instanceof Error ? error.message : String(error);
  } finally {
    resolver.cancel();
  }
}
