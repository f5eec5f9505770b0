import type { Claim, Handover } from '../../src/delivery/outbox/handover.ts';
import type { Callback } from '../../src/delivery/types.ts';

/** A delivery that has room for everything, and keeps what it is given. */
export function keepingHandover(claim: string) {
  const taken: Callback[] = [];
  const open = new Set<Claim>();
  const handover: Handover = {
    claim() {
      const claimed = { id: claim, host: 'shop.test', leaseMs: 60_000 };
      open.add(claimed);
      return claimed;
    },
    take(callback, claimed) {
      taken.push(callback);
      open.delete(claimed);
    },
    letGo: (claimed) => open.delete(claimed),
  };
  /** `open`: claims that were neither taken nor let go. */
  return { handover, taken, open };
}
