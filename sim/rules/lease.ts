import { short } from '../seen.ts';
import { TICK_MS } from '../settings.ts';
import { byName, type Rule, type Setup } from './rule.ts';

/** R5: what is not proved is served on a lease; what is proved stays. */
export function leaseRule({ settings }: Setup): Rule {
  const { maxLeaseMs, maxBreakGlassLeaseMs, switchMs, saveMs } = settings.limits;
  /** From the end of a lease to the other release: the way back may hang, and the loop may be stuck. */
  const graceMs = switchMs + settings.blockedMs + 4 * TICK_MS;
  const instances = byName(() => ({
    hash: null as string | null,
    lent: false,
    until: 0,
    most: maxLeaseMs,
    leaseMs: 0,
    provingSince: undefined as number | undefined,
    stuck: false,
    kept: new Set<string | null>([null]),
    mayLeave: new Set<string | null>(),
  }));
  const names = new Set<string>();
  return {
    id: 'R5',
    demands:
      'an unproved release is served on a lease that is renewed or ends; a proved one is not moved by time',
    look(seen, now) {
      if (seen.type === 'tick') {
        for (const name of names) {
          const it = instances(name);
          if (it.kept.has(it.hash)) continue;
          if (it.lent && !it.stuck && now > it.until + 2 * TICK_MS) {
            return `${name} holds on to ${short(it.hash)} ${now - it.until} ms after its lease`;
          }
          const until =
            it.provingSince === undefined ? it.until : Math.max(it.until, it.provingSince + saveMs);
          if (now > until + graceMs) {
            return `${name} still serves ${short(it.hash)} ${now - until} ms after the end of its lease`;
          }
        }
        return undefined;
      }
      if (!('instance' in seen) || typeof seen.instance !== 'string') return undefined;
      const it = instances(seen.instance);
      switch (seen.type) {
        case 'booting':
          for (const { release } of seen.memory.ring.entries) it.kept.add(release.hash);
          return undefined;
        case 'died':
          Object.assign(it, { lent: false, stuck: false, provingSince: undefined });
          it.hash = null;
          return undefined;
        case 'stopped_moving':
          it.stuck = true;
          return undefined;
        case 'stepped': {
          const { phase, good } = seen.state;
          it.lent = phase.at === 'lent';
          if (phase.at === 'switching') {
            // It may be in the ring, and passed over by a boot (R9) or undone: then it is lent again.
            it.kept.delete(phase.offer.release.hash);
            const { leaseMs, breakGlass } = phase.offer;
            it.most = breakGlass ? Math.min(maxLeaseMs, maxBreakGlassLeaseMs) : maxLeaseMs;
            it.leaseMs = Math.min(leaseMs, it.most);
            it.until = now + switchMs + it.leaseMs;
          }
          it.provingSince = phase.at === 'proving' ? (it.provingSince ?? now) : undefined;
          if (phase.at === 'steady' && good !== null && good.hash === it.hash) it.kept.add(good.hash);
          return undefined;
        }
        case 'received': {
          const { event, sentAt } = seen;
          if (event.type === 'renewal' && event.renewal.body.hash === it.hash && now < it.until) {
            it.until = Math.max(it.until, sentAt + Math.min(event.renewal.body.leaseMs, it.most));
          }
          if (event.type === 'undo') it.mayLeave.add(event.from);
          return undefined;
        }
        case 'undo_here':
          it.mayLeave.add(seen.from);
          return undefined;
        case 'tasted':
          it.mayLeave.add(seen.wayBack);
          return undefined;
        case 'serves': {
          names.add(seen.instance);
          const left = it.hash;
          const moved = seen.because === 'switch' && left !== seen.hash && left !== null && it.kept.has(left);
          it.hash = seen.hash;
          if (moved && !it.mayLeave.has(left)) {
            return `${seen.instance} left ${short(left)}, which was proved, and nobody asked for it`;
          }
          it.mayLeave.clear();
          if (seen.because === 'switch') it.until = Math.min(it.until, now + it.leaseMs);
          return undefined;
        }
        default:
          return undefined;
      }
    },
  };
}
