import { short } from '../seen.ts';
import { byName, type Rule, type Setup } from './rule.ts';

/**
 * To be up, from the start of the process: the wait for its disk, and its own start, also on a slow machine.
 */
const UP_WITHIN_MS = 8_000;
const TRIES = 2;

/** R8: a boot asks nobody. */
export function bootRule(_: Setup): Rule {
  const booting = new Map<string, number>();
  return {
    id: 'R8',
    demands: 'an instance boots and serves with everything else gone',
    look(seen, now) {
      if (seen.type === 'booting') booting.set(seen.instance, now);
      if (seen.type === 'up' || seen.type === 'died' || seen.type === 'stopped_moving')
        booting.delete(seen.instance);
      if (seen.type !== 'tick') return undefined;
      for (const [instance, at] of booting) {
        if (now - at > UP_WITHIN_MS) return `${instance} has been booting for ${now - at} ms`;
      }
      return undefined;
    },
  };
}

/** R9: two failed boots with a release, and the next takes another. */
export function failedBootRule(_: Setup): Rule {
  const instances = byName(() => ({
    trying: undefined as string | undefined,
    counted: false,
    failed: new Map<string, number>(),
  }));
  return {
    id: 'R9',
    demands: 'after two failed boots with a release the next boot takes the proved-good one before it',
    look(seen) {
      if (!('instance' in seen) || typeof seen.instance !== 'string') return undefined;
      const it = instances(seen.instance);
      switch (seen.type) {
        case 'booting':
          Object.assign(it, { trying: undefined, counted: false });
          return undefined;
        case 'stepped': {
          const { phase } = seen.state;
          if (phase.at !== 'starting' || phase.release === null) return undefined;
          it.trying = phase.release.hash;
          const failed = it.failed.get(it.trying) ?? 0;
          if (failed < TRIES) return undefined;
          return `${seen.instance} boots with ${short(it.trying)} after ${failed} failed boots with it`;
        }
        case 'on_disk':
          // A boot that never got to the disk cannot be remembered.
          if (it.trying !== undefined && (seen.memory.failedBoots[it.trying] ?? 0) > 0) it.counted = true;
          return undefined;
        case 'up':
          if (it.trying !== undefined) it.failed.delete(it.trying);
          it.trying = undefined;
          return undefined;
        case 'died':
          if (it.trying !== undefined && it.counted)
            it.failed.set(it.trying, (it.failed.get(it.trying) ?? 0) + 1);
          return undefined;
        default:
          return undefined;
      }
    },
  };
}
