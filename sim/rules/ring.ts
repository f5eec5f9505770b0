import { isIntact } from '../../src/config/release.ts';
import type { Memory } from '../../src/rollout/instance-state.ts';
import { RING_DEPTH } from '../../src/rollout/ring.ts';
import { short } from '../seen.ts';
import { byName, type Rule, type Setup } from './rule.ts';

const LEAST_DEPTH = 3;

/** R7: the ring holds what was proved under traffic on this instance, and nothing else gets in or is lost. */
export function ringRule({ first }: Setup): Rule {
  const instances = byName(() => ({
    proved: new Set([first]),
    served: new Set<string | null>(),
    undone: new Set<string>(),
    /** Which of its ring must still be there after the next release has come in. */
    kept: [] as string[],
  }));
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
    it.kept = choosable.slice(0, LEAST_DEPTH - 1).map(({ release }) => release.hash);
    return choosable.length > RING_DEPTH ? `the ring of ${name} has grown to ${choosable.length}` : undefined;
  };
  return {
    id: 'R7',
    demands: 'only what was proved under live traffic on that instance is in its ring',
    look(seen) {
      switch (seen.type) {
        case 'received':
          if (seen.event.type === 'proof') instances(seen.instance).proved.add(seen.event.proof.body.hash);
          if (seen.event.type === 'undo') instances(seen.instance).undone.add(seen.event.from);
          return undefined;
        case 'undo_here':
          instances(seen.instance).undone.add(seen.from);
          return undefined;
        case 'booting':
          // What the disk tore is gone, and nobody's fault.
          instances(seen.instance).kept = [];
          return undefined;
        case 'requests_ended':
          instances(seen.instance).served.add(seen.hash);
          return undefined;
        case 'on_disk':
          return fault(seen.instance, seen.memory, true);
        case 'stepped':
          return fault(seen.instance, seen.state.memory, false);
        default:
          return undefined;
      }
    },
  };
}
