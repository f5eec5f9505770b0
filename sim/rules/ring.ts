import { isIntact } from '../../src/config/release.ts';
import { EMPTY_RING, RING_DEPTH } from '../../src/rollout/instance/ring.ts';
import type { Memory } from '../../src/rollout/instance/state.ts';
import { short } from '../seen.ts';
import { byName, type Rule, type Setup } from './rule.ts';

const LEAST_DEPTH = 3;

/** R7: the ring holds what was proved under traffic on this instance, and nothing else gets in or is lost. */
export function ringRule({ first }: Setup): Rule {
  const instances = byName(() => ({
    proved: new Set([first]),
    served: new Set<string | null>(),
    undone: new Set<string>(),
    /** What it has booted from its disk, or served with for good: it is in its ring. */
    settled: new Set<string>(),
    ring: EMPTY_RING,
    /** Which of its ring must still be there after the next release has come in. */
    kept: [] as string[],
  }));
  /** An undo names a release, and leaves with it what came into the ring after the one that it leads to. */
  const leave = (name: string, from: string, to: string | null): void => {
    const it = instances(name);
    const hashes = it.ring.entries.map(({ release }) => release.hash);
    for (const hash of [from, ...hashes.slice(0, Math.max(0, hashes.indexOf(to ?? '')))]) it.undone.add(hash);
  };
  const fault = (name: string, { ring }: Memory, onDisk: boolean): string | undefined => {
    const it = instances(name);
    const choosable = ring.entries.filter(({ release }) => !ring.undone.includes(release.hash));
    for (const { release } of ring.entries) {
      if (!isIntact(release)) return `${name} has a changed ${short(release.hash)} in its ring`;
      if (release.hash === first) continue;
      if (!it.proved.has(release.hash))
        return `${name} has ${short(release.hash)} in its ring, never told that it is proved`;
      if (!it.served.has(release.hash))
        return `${name} has ${short(release.hash)} in its ring, and served no request with it`;
    }
    if (!onDisk) return undefined;
    const lost = it.kept.find(
      (hash) => !it.undone.has(hash) && !ring.entries.some(({ release }) => release.hash === hash),
    );
    if (lost !== undefined) return `${name} has lost ${short(lost)} from its ring`;
    // A write that hung may come to the disk late, when the instance has said already that it has not got the
    // release.
    const sure = choosable.filter(({ release }) => it.settled.has(release.hash));
    it.kept = sure.slice(0, LEAST_DEPTH - 1).map(({ release }) => release.hash);
    return choosable.length > RING_DEPTH ? `the ring of ${name} has grown to ${choosable.length}` : undefined;
  };
  return {
    id: 'R7',
    demands: 'only what was proved under live traffic on that instance is in its ring',
    look(seen) {
      switch (seen.type) {
        case 'received':
          if (seen.event.type === 'proof') instances(seen.instance).proved.add(seen.event.proof.body.hash);
          if (seen.event.type === 'undo') leave(seen.instance, seen.event.from, seen.event.to);
          return undefined;
        case 'undo_here':
          leave(seen.instance, seen.from, seen.to);
          return undefined;
        case 'booting': {
          const { ring } = seen.memory;
          // What the disk tore is gone, and nobody's fault.
          const settled = new Set(ring.entries.map(({ release }) => release.hash));
          Object.assign(instances(seen.instance), { kept: [], ring, settled });
          return undefined;
        }
        case 'requests_ended':
          instances(seen.instance).served.add(seen.hash);
          return undefined;
        case 'on_disk':
          return fault(seen.instance, seen.memory, true);
        case 'stepped': {
          const { good, memory, phase } = seen.state;
          const it = instances(seen.instance);
          it.ring = memory.ring;
          if (phase.at === 'steady' && good !== null) it.settled.add(good.hash);
          return fault(seen.instance, memory, false);
        }
        default:
          return undefined;
      }
    },
  };
}
