import type { JsonObject } from '../../src/config/canonical.ts';
import type { Release } from '../../src/config/release.ts';
import { approvalsThrough } from '../../src/control/store/inherited-approvals.ts';
import { newRollout } from '../../src/rollout/machine/machine.ts';
import { isBackward, isFinished } from '../../src/rollout/machine/phases.ts';
import type { RolloutPolicy } from '../../src/rollout/machine/state.ts';
import { type BehaviourName, behaviours } from '../events/behaviour.ts';
import type { Clock } from '../parts/clock.ts';
import { SERVICE } from '../parts/control/control.ts';
import type { Store } from '../parts/control/store.ts';
import type { Cores } from '../parts/cores.ts';
import { signerOf } from '../parts/keys.ts';
import type { See } from '../seen.ts';
import type { Settings } from '../settings.ts';
import type { Harms } from './harms.ts';
import type { Orders } from './orders.ts';
import { APPROVERS, AUTHOR, releaseOf } from './releases.ts';

/** What people push: a value, a switch, or the rules by which changes travel. */
export interface Pushes {
  push(name: BehaviourName, everywhere: boolean): string;
  /** As control checks them: by those who can approve, and the fleet and the traffic that there are. */
  pushRules(brought: RolloutPolicy): string | undefined;
  /**
   * One product more is off. It waits for no other change; for another switch that is on its way, it does.
   */
  switchOff(): void;
  /** Of the next release. */
  nextNumber(): number;
}

export function createPushes({
  clock,
  store,
  cores,
  settings,
  see,
  harms,
  orders,
  first,
  firstRules,
  production,
}: {
  clock: Clock;
  store: Store;
  cores: Cores;
  settings: Settings;
  see: See;
  harms: Harms;
  orders: Orders;
  first: Release;
  firstRules: RolloutPolicy;
  /** The instances of production that are there. */
  production: () => readonly { instance: string; cell: string }[];
}): Pushes {
  const usual = settings.control.policy;
  /** How changes travel where a release is in force. */
  const rules = new Map([[first.hash, firstRules]]);
  let pushed = 0;

  /** `brought`: it changes the rules to these, and nothing else. */
  function push(name: BehaviourName, everywhere: boolean, brought?: RolloutPolicy): string {
    const sequence = ++pushed + 1;
    const content = { auth: { servers: [`http://auth-${sequence}:8100`] } };
    return submit(name, everywhere, sequence, content, { brought });
  }

  function switchOff(): void {
    const isOnItsWay = [...store.rollouts.values()].some(
      ({ state: { switches, phase } }) =>
        switches !== undefined && !isFinished(phase.at) && !isBackward(phase.at),
    );
    const base = store.rollouts.get(store.current ?? '')?.release.content;
    if (isOnItsWay || store.away || base === undefined) return;
    const sequence = ++pushed + 1;
    const off = `product-${sequence}`;
    const products = { ...Object(base.products), [off]: { enabled: false } };
    const switches = [`products.${off}.enabled`];
    submit('switches_a_product_off', false, sequence, { ...base, products }, { switches });
  }

  function submit(
    name: BehaviourName,
    everywhere: boolean,
    sequence: number,
    content: JsonObject,
    { brought, switches }: { brought?: RolloutPolicy | undefined; switches?: readonly string[] },
  ): string {
    const rollout = `r-${sequence - 1}`;
    const current = store.rollouts.get(store.current ?? '')?.release ?? null;
    const inForce = rulesInForce();
    const release = releaseOf(sequence, current, content);
    const harm = behaviours[name];
    const onlyRules = brought !== undefined;
    harms.set(release.hash, { production: harm, testing: everywhere ? harm : behaviours.good });
    rules.set(release.hash, brought ?? inForce);
    const isSwitch = switches !== undefined;
    see({
      type: 'release',
      rollout,
      release,
      name,
      production: harm,
      rules: inForce,
      onlyRules,
      switches: isSwitch,
    });
    const what = { switches: switches ?? null, onlyRules };
    const policy = cores.policyFor(inForce, usual, what, APPROVERS.length);
    const undoTo = current?.hash ?? null;
    const state = newRollout({
      id: rollout,
      hash: release.hash,
      undoTo,
      author: AUTHOR,
      policy,
      ...(switches === undefined ? {} : { switches }),
    });
    store.insert(state, release);
    const base = [...store.rollouts.values()].find(({ state: { id } }) => id === store.current);
    if (switches !== undefined && base !== undefined) {
      const { approvals } = store.proofsOf(base.state.id, base.state.hash, clock.now);
      const switched = { rollout, service: SERVICE, release: release.hash, undoTo: state.undoTo };
      const by = { signer: signerOf('key-of-control'), now: clock.now };
      store.approve(approvalsThrough({ author: AUTHOR, approvals }, switched, by));
    }
    orders.give('submit', rollout, AUTHOR);
    return rollout;
  }

  function rulesInForce(): RolloutPolicy {
    const hash = store.rollouts.get(store.current ?? '')?.state.hash;
    return rules.get(hash ?? '') ?? usual;
  }

  function pushRules(brought: RolloutPolicy): string | undefined {
    const fleet = production();
    const { deadlineMs, lagMs, maxWaitingPerInstance } = settings.control.traffic;
    const { rps, probesPerSecond: probes } = settings;
    const traffic = { rps: rps * fleet.length, probes, deadlineMs, lagMs, maxWaitingPerInstance };
    const ground = { fleet, traffic, approvers: APPROVERS.length, insisted: usual.people };
    const [obstacle] = cores.obstaclesOf(brought, ground);
    if (obstacle === undefined) return push('good', false, brought);
    const { setting, reason } = obstacle;
    see({ type: 'chaos', what: `rules are refused: ${setting.join('.')} ${reason}` });
    return undefined;
  }

  return {
    push: (name, everywhere) => push(name, everywhere),
    pushRules,
    switchOff,
    nextNumber: () => ++pushed,
  };
}
