import { EMPTY_RING, withProved } from '../src/rollout/instance/ring.ts';
import { NO_MEMORY } from '../src/rollout/instance/state.ts';
import { newRollout } from '../src/rollout/machine/machine.ts';
import type { RolloutPolicy } from '../src/rollout/machine/state.ts';
import { sign } from '../src/rollout/signed/signed.ts';
import type { Chance } from './chance.ts';
import type { Behaviour, BehaviourName } from './events/behaviour.ts';
import { createPeople } from './events/people.ts';
import { createClock } from './parts/clock.ts';
import { type Control, createControl, SERVICE, STORE } from './parts/control/control.ts';
import { createStore } from './parts/control/store.ts';
import type { Cores } from './parts/cores.ts';
import { signerOf, trusted } from './parts/keys.ts';
import { createNetwork } from './parts/network.ts';
import { createServer, type Server } from './parts/server/server.ts';
import type { See } from './seen.ts';
import { settingsFor, TICK_MS } from './settings.ts';
import { createHarms } from './world/harms.ts';
import { createOrders } from './world/orders.ts';
import { createPushes } from './world/pushes.ts';
import { AUTHOR, approvalOf, releaseOf, SCHEMA, START } from './world/releases.ts';
import { smuggle } from './world/smuggle.ts';

export interface WorldOptions {
  readonly instances: number;
  readonly cells: number;
  readonly testing: number;
  readonly confirmWaves: boolean;
  /**
   * The rules in force at the beginning, which nobody has checked; by default those of control's settings.
   */
  readonly rules?: (usual: RolloutPolicy) => RolloutPolicy;
  readonly chance: Chance;
  /** Of endings: numbers of their own, so that a seed's faults are what they were. */
  readonly endings: Chance;
  readonly cores: Cores;
  readonly see: (now: number) => See;
}

const CONTROLS = ['control-1', 'control-2', 'control-3'];
const KIND = { id: SCHEMA, service: SERVICE, switches: [['products', '*', 'enabled']], environments: [] };

/** An installation: store, control processes, testing and production, and the network between them. */
export function createWorld({
  instances,
  cells,
  testing,
  confirmWaves,
  chance,
  endings,
  cores,
  ...options
}: WorldOptions) {
  const clock = createClock(START);
  const network = createNetwork(clock, chance);
  const settings = settingsFor(instances, confirmWaves);
  const store = createStore(() => clock.now);
  const see: See = (seen) => options.see(clock.now)(seen);
  const members = [
    ...numbered('test', testing).map((instance) => ({ instance, cell: 'testing', environment: 'testing' })),
    ...numbered('api', instances).map((instance, index) => ({
      instance,
      cell: `cell-${index % cells}`,
      environment: 'production',
    })),
  ];
  const keys = [
    trusted('control', 'control'),
    ...members.map(({ instance, environment }) => trusted('instance', instance, environment)),
  ];
  const first = releaseOf(1, null);
  const harms = createHarms();
  let outageUntil = 0;

  const controls = new Map<string, Control>();
  const servers = new Map<string, Server>();
  for (const name of CONTROLS) {
    controls.set(
      name,
      createControl({
        name,
        clock,
        chance,
        network,
        store,
        cores,
        settings,
        see,
        keys,
        say: (instance, text) =>
          network.send(name, instance, () => servers.get(instance)?.receive(dataOf(text))),
      }),
    );
  }
  for (const { instance, cell, environment } of members) {
    const inTesting = environment === 'testing';
    const server = createServer({
      name: instance,
      environment,
      cell,
      kind: KIND,
      keys,
      demands: {
        ...(!inTesting && { receipts: settings.receipts, people: settings.control.policy.people }),
        clockSkewMs: settings.clockSkewMs,
      },
      clock,
      chance,
      endings,
      network,
      cores,
      settings,
      see,
      behaviourOf: (hash) => harms.of(hash, inTesting ? 'testing' : 'production'),
      outage: () => clock.now < outageUntil,
      controls: CONTROLS,
      report: (control, report, answer) =>
        network.send(instance, control, () =>
          controls
            .get(control)
            ?.report(report, (answered) => network.send(control, instance, () => answer(answered))),
        ),
    });
    servers.set(instance, server);
    server.disk.write({ ...NO_MEMORY, ring: withProved(EMPTY_RING, first, START) }, () => undefined);
    clock.after(200 + chance.between(0, 300), () => server.start());
  }
  for (const control of controls.values()) control.start();
  clock.every(TICK_MS, () => {
    for (const server of servers.values()) server.tick();
    see({ type: 'tick' });
  });

  /** The release in force at the beginning came the way all do, and is proved. */
  store.begin(
    {
      ...newRollout({
        id: 'r-0',
        hash: first.hash,
        undoTo: null,
        author: AUTHOR,
        policy: settings.control.policy,
      }),
      phase: { at: 'proved' },
    },
    first,
    [sign(approvalOf('r-0', first, null), signerOf('key-of-control'))],
  );
  clock.after(0, () => see({ type: 'approved', rollout: 'r-0', person: 'amina', breakGlass: false }));

  const usual = settings.control.policy;
  const orders = createOrders({ clock, store, controls, see });
  const { push, pushRules, switchOff, nextNumber } = createPushes({
    clock,
    store,
    cores,
    settings,
    see,
    harms,
    orders,
    first,
    firstRules: options.rules?.(usual) ?? usual,
    production: () =>
      members.filter(
        ({ instance, environment }) => environment === 'production' && !servers.get(instance)?.gone,
      ),
  });
  const people = createPeople({
    clock,
    store,
    controls,
    servers,
    cores,
    see,
    order: (rollout, person, body) => orders.give('undo', rollout, person, body),
    again: orders.again,
  });

  return {
    clock,
    network,
    store,
    settings,
    members,
    controls,
    servers,
    first,
    see,
    push,
    pushRules,
    switchOff,
    /** Control may not have learnt from the fleet yet what was proved after the backup. */
    approve(rollout: string, person: string, breakGlass: boolean): void {
      see({ type: 'approved', rollout, person, breakGlass });
      orders.give('approve', rollout, person, { breakGlass });
    },
    confirm(rollout: string): void {
      see({ type: 'confirmed', rollout });
      orders.give('confirm', rollout, 'amina');
    },
    undo(rollout: string): void {
      orders.give('undo', rollout, 'amina', { reason: 'smoke' });
    },
    people,
    /** What is proved turns bad in production. */
    spoil({ id, hash }: { id: string; hash: string }, harm: Behaviour): void {
      harms.spoil(hash, harm);
      see({ type: 'spoiled', rollout: id, hash });
    },
    /** Whether what is in force has turned bad. */
    get spoiled(): boolean {
      return harms.isSpoiled(store.rollouts.get(store.current ?? '')?.state.hash);
    },
    freeze(ms: number): void {
      const freeze = { id: `freeze-${clock.now - START}`, from: clock.now, to: clock.now + ms };
      store.freezes = [...store.freezes, freeze];
      see({ type: 'freezes', freezes: store.freezes });
    },
    /** For so long no taste of any release passes, as when the authentication servers are away. */
    outage(ms: number): void {
      outageUntil = clock.now + ms;
      see({ type: 'chaos', what: `no taste passes for ${Math.round(ms)} ms` });
    },
    /** In so many ms the store is put back to what it is now. */
    restoreLater(ms: number, may: () => boolean): void {
      const restore = store.backup();
      see({ type: 'chaos', what: 'the store is backed up' });
      clock.after(ms, () => {
        if (!may()) return;
        restore();
        see({ type: 'restored' });
      });
    },
    thaw(): void {
      store.freezes = [];
      see({ type: 'freezes', freezes: [] });
    },
    smuggle(instance: string, name: BehaviourName, proofs: 'none' | 'of another' | 'forged'): void {
      const number = nextNumber();
      smuggle({ instance, name, proofs }, { clock, store, servers, see, harms, first, number });
    },
    parts: { controls: CONTROLS, store: STORE },
  };
}

export type World = ReturnType<typeof createWorld>;

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}

/** Of an event as it stands in the stream. */
function dataOf(text: string): string {
  const [, data = ''] = /^data: (.*)$/m.exec(text) ?? [];
  return data;
}
