import type { Said } from './agree.ts';

const AGAIN_MS = 1_000;

/**
 * What is said to bring the fleet to agree is decided again each turn; to one instance it is said once a
 * second.
 */
export function createSaying() {
  let saidAt = new Map<string, number>();
  return {
    due(service: string, says: readonly Said[], now: number): Said[] {
      const due = says.filter(({ instance }) => {
        return now - (saidAt.get(`${service} ${instance}`) ?? Number.NEGATIVE_INFINITY) >= AGAIN_MS;
      });
      saidAt = new Map([...saidAt].filter(([, at]) => now - at < AGAIN_MS));
      for (const { instance } of due) saidAt.set(`${service} ${instance}`, now);
      return due;
    },
  };
}
