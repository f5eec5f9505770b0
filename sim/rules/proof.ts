import type { Receipt } from '../../src/rollout/signed/receipt.ts';
import { short } from '../seen.ts';
import { byName, type Rule, type Setup } from './rule.ts';

/** R2: what production serves was passed by testing, and approved by others than its author. */
export function receiptRule({ settings, members }: Setup): Rule {
  const signed: Receipt[] = [];
  const approved: { rollout: string; person: string }[] = [];
  const authors = new Map<string, string>();
  const switches = new Set<string>();
  /**
   * What each is switching to because it was offered it. The way back is no offer, and is not asked for
   * receipts (R6).
   */
  const coming = new Map<string, { rollout: string; hash: string }>();
  const production = new Set(
    members.filter(({ environment }) => environment === 'production').map(({ instance }) => instance),
  );
  return {
    id: 'R2',
    demands: 'production serves nothing that testing has not passed and people have not approved',
    look(seen, now) {
      if (seen.type === 'receipt_signed') signed.push(seen.receipt);
      if (seen.type === 'approved') approved.push(seen);
      if (seen.type === 'release') authors.set(seen.rollout, seen.release.author);
      if (seen.type === 'release' && seen.switches) switches.add(seen.rollout);
      if (seen.type === 'died') coming.delete(seen.instance);
      if (seen.type === 'stepped') {
        const { phase } = seen.state;
        if (phase.at !== 'switching') coming.delete(seen.instance);
        else coming.set(seen.instance, { rollout: phase.offer.rollout, hash: phase.offer.release.hash });
      }
      if (seen.type !== 'serves' || seen.because !== 'switch') return undefined;
      const { hash, instance } = seen;
      const { rollout, hash: offered } = coming.get(instance) ?? {};
      if (rollout === undefined || hash !== offered || !production.has(instance)) return undefined;
      // Clocks differ, and taste and switch take their time.
      const lately = now - settings.limits.tasteMs - settings.limits.switchMs - 2 * settings.clockSkewMs;
      const passed = signed.filter(
        (each) => each.hash === hash && each.verdict === 'passed' && each.expiresAt > lately,
      );
      const testers = new Set(passed.map((each) => each.instance));
      if (testers.size < settings.receipts.count) {
        return `${instance} serves ${short(hash)} with ${testers.size} receipts from testing`;
      }
      // What only switches something off waits for nobody.
      if (switches.has(rollout)) return undefined;
      const people = new Set(
        approved
          .filter((each) => each.rollout === rollout && each.person !== authors.get(rollout))
          .map(({ person }) => person),
      );
      if (people.size >= settings.control.policy.people) return undefined;
      return `${instance} serves ${short(hash)} of ${rollout} with ${people.size} approvals`;
    },
  };
}

/** R4, R6: a release is tasted here, and the way back with it, before it is served with. */
export function tasteRule(_: Setup): Rule {
  const passed = byName(() => new Set<string>());
  const live = new Map<string, string | null>();
  const kept = byName(() => new Set<string | null>());
  return {
    id: 'R4',
    demands: 'an instance serves only what it has tasted, together with its way back, in its own place',
    look(seen) {
      if (seen.type === 'booting') {
        const { entries } = seen.memory.ring;
        for (const { release } of entries) kept(seen.instance).add(release.hash);
      }
      if (seen.type === 'stepped' && seen.state.phase.at === 'proving') {
        kept(seen.instance).add(seen.state.phase.offer.release.hash);
      }
      if (seen.type === 'died') passed(seen.instance).clear();
      if (seen.type === 'tasted') {
        if (seen.ok) passed(seen.instance).add(seen.hash);
        else passed(seen.instance).delete(seen.hash);
        const serving = live.get(seen.instance) ?? null;
        if (seen.wayBack !== serving) {
          return `${seen.instance} tasted ${short(seen.wayBack)} as its way back, and serves ${short(serving)}`;
        }
      }
      if (seen.type !== 'serves') return undefined;
      live.set(seen.instance, seen.hash);
      const { instance, hash } = seen;
      if (hash === null || kept(instance).has(hash) || passed(instance).has(hash)) return undefined;
      return `${instance} serves ${short(hash)}, which it neither tasted with success nor had proved`;
    },
  };
}
