import type { JsonObject } from '../src/config/canonical.ts';
import { newRelease, type Release } from '../src/config/release.ts';
import type { Command, CommandKind } from '../src/control/store/commands.ts';
import { approvalsThrough } from '../src/control/store/inherited-approvals.ts';
import { EMPTY_RING, withProved } from '../src/rollout/instance/ring.ts';
import { NO_MEMORY } from '../src/rollout/instance/state.ts';
import { newRollout } from '../src/rollout/machine/machine.ts';
import { isBackward, isFinished } from '../src/rollout/machine/phases.ts';
import type { RolloutPolicy } from '../src/rollout/machine/state.ts';
import type { Approval } from '../src/rollout/signed/approval.ts';
import type { Offer } from '../src/rollout/signed/envelope.ts';
import { sign } from '../src/rollout/signed/signed.ts';
import type { Chance } from './chance.ts';
import { type Behaviour, type BehaviourName, behaviours } from './events/behaviour.ts';
import { createPeople } from './events/people.ts';
import { createClock } from './parts/clock.ts';
import { type Control, createControl, SERVICE, STORE } from './parts/control.ts';
import type { Cores } from './parts/cores.ts';
import { signerOf, trusted } from './parts/keys.ts';
import { createNetwork } from './parts/network.ts';
import { createServer, type Server } from './parts/server.ts';
import { createStore } from './parts/store.ts';
import type { See } from './seen.ts';
import { settingsFor, TICK_MS } from './settings.ts';

export interface WorldOptions {
  readonly instances: number;
  readonly cells: number;
  readonly testing: number;
  readonly confirmWaves: boolean;
  /** The rules in force at the beginning, which nobody has checked; by default those that control is told. */
  readonly rules?: (usual: RolloutPolicy) => RolloutPolicy;
  readonly chance: Chance;
  /** Of endings: numbers of their own, so that a seed's faults are what they were. */
  readonly endings: Chance;
  readonly cores: Cores;
  readonly see: (now: number) => See;
}

export const START = 1_800_000_000_000;
const CONTROLS = ['control-1', 'control-2', 'control-3'];
const SCHEMA = 'imara.platform/1';
const KIND = { id: SCHEMA, service: SERVICE, switches: [['products', '*', 'enabled']], environments: [] };
export const AUTHOR = 'wanjiru';
export const APPROVERS = ['amina', 'baraka'] as const;

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
  const faults = new Map<string, { testing: Behaviour; production: Behaviour }>();
  const usual = settings.control.policy;
  /** How changes travel where a release is in force. */
  const rules = new Map([[first.hash, options.rules?.(usual) ?? usual]]);
  let rollouts = 0;
  let asked = 0;
  let outageUntil = 0;
  let spoiled: string | undefined;

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
      behaviourOf: (hash) =>
        faults.get(hash ?? '')?.[inTesting ? 'testing' : 'production'] ?? behaviours.good,
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

  function order(
    kind: CommandKind,
    rollout: string | null,
    person: string,
    body: Command['body'] = {},
  ): Command {
    const command: Command = { id: `${kind}-${++asked}`, kind, service: SERVICE, rollout, person, body };
    if (kind === 'undo' && rollout !== null) {
      see({ type: 'undo_ordered', command: command.id, rollout });
      for (const control of controls.values()) if (control.leads) control.undo(command);
    }
    insist(command);
    return command;
  }

  /** Said once more, by who is not sure that it was heard. */
  function again(command: Command): void {
    for (const control of controls.values()) if (control.leads) control.undo(command);
    insist(command);
  }

  const people = createPeople({
    clock,
    store,
    controls,
    servers,
    cores,
    see,
    order: (rollout, person, body) => order('undo', rollout, person, body),
    again,
  });

  /** People try again until it is written. */
  function insist(command: Command): void {
    if (store.away) clock.after(500, () => insist(command));
    else {
      store.command(command);
      if (command.kind === 'undo') see({ type: 'undo_written', command: command.id });
    }
  }

  /** `brought`: it changes the rules to these, and nothing else. */
  function push(name: BehaviourName, everywhere: boolean, brought?: RolloutPolicy): string {
    const sequence = ++rollouts + 1;
    const content = { auth: { servers: [`http://auth-${sequence}:8100`] } };
    return submit(name, everywhere, sequence, content, { brought });
  }

  /**
   * One product more is off. It waits for no other change; for another switch that is on its way, it does.
   */
  function switchOff(): void {
    const isOnItsWay = [...store.rollouts.values()].some(
      ({ state: { switches, phase } }) =>
        switches !== undefined && !isFinished(phase.at) && !isBackward(phase.at),
    );
    const base = store.rollouts.get(store.current ?? '')?.release.content;
    if (isOnItsWay || store.away || base === undefined) return;
    const sequence = ++rollouts + 1;
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
    const production = behaviours[name];
    const onlyRules = brought !== undefined;
    faults.set(release.hash, { production, testing: everywhere ? production : behaviours.good });
    rules.set(release.hash, brought ?? inForce);
    const isSwitch = switches !== undefined;
    see({
      type: 'release',
      rollout,
      release,
      name,
      production,
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
    order('submit', rollout, AUTHOR);
    return rollout;
  }

  function rulesInForce(): RolloutPolicy {
    const hash = store.rollouts.get(store.current ?? '')?.state.hash;
    return rules.get(hash ?? '') ?? usual;
  }

  /** As control checks them: by those who can approve, and the fleet and the traffic that there are. */
  function pushRules(brought: RolloutPolicy): string | undefined {
    const fleet = members.filter(
      ({ instance, environment }) => environment === 'production' && !servers.get(instance)?.gone,
    );
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
    clock,
    network,
    store,
    settings,
    members,
    controls,
    servers,
    first,
    see,
    push: (name: BehaviourName, everywhere: boolean) => push(name, everywhere),
    pushRules,
    switchOff,
    /** Control may not have learnt from the fleet yet what was proved after the backup. */
    approve(rollout: string, person: string, breakGlass: boolean): void {
      see({ type: 'approved', rollout, person, breakGlass });
      order('approve', rollout, person, { breakGlass });
    },
    confirm(rollout: string): void {
      see({ type: 'confirmed', rollout });
      order('confirm', rollout, 'amina');
    },
    undo(rollout: string): void {
      order('undo', rollout, 'amina', { reason: 'smoke' });
    },
    people,
    /** What is proved turns bad in production. */
    spoil({ id, hash }: { id: string; hash: string }, harm: Behaviour): void {
      spoiled = hash;
      faults.set(hash, { testing: behaviours.good, production: harm });
      see({ type: 'spoiled', rollout: id, hash });
    },
    /** Whether what is in force has turned bad. */
    get spoiled(): boolean {
      return spoiled !== undefined && store.rollouts.get(store.current ?? '')?.state.hash === spoiled;
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
    /**
     * A release is offered by somebody who got hold of control's key, past control, with these proofs or
     * none.
     */
    smuggle(instance: string, name: BehaviourName, proofs: 'none' | 'of another' | 'forged'): void {
      const release = releaseOf(1_000 + ++rollouts, first);
      faults.set(release.hash, { production: behaviours[name], testing: behaviours[name] });
      const rollout = `smuggled-${rollouts}`;
      see({ type: 'chaos', what: `${instance} is offered ${rollout} past control, with proofs ${proofs}` });
      const others = [...store.rollouts.values()].at(-1);
      const known =
        others === undefined
          ? { receipts: [] }
          : store.proofsOf(others.state.id, others.state.hash, clock.now);
      const forged = {
        ...sign(
          {
            kind: 'imara.receipt/1' as const,
            service: SERVICE,
            hash: release.hash,
            environment: 'testing',
            instance: 'test-1',
            verdict: 'passed' as const,
            payments: 20,
            issuedAt: clock.now,
            expiresAt: clock.now + 600_000,
          },
          signerOf('key-of-mallory'),
        ),
        key: 'key-of-test-1',
      };
      const body: Offer = {
        kind: 'imara.offer/1',
        order: store.nextOrder(),
        rollout,
        instance,
        environment: 'production',
        release,
        undoTo: first.hash,
        leaseMs: 10_000,
        breakGlass: false,
        receipts: proofs === 'none' ? [] : proofs === 'forged' ? [forged] : [...known.receipts],
        approvals: [sign(approvalOf(rollout, release, first), signerOf('key-of-control'))],
      };
      const envelope = sign(body, signerOf('key-of-control'));
      see({ type: 'approved', rollout, person: 'amina', breakGlass: false });
      servers.get(instance)?.take({ type: 'offer', envelope });
    },
    parts: { controls: CONTROLS, store: STORE },
  };
}

export type World = ReturnType<typeof createWorld>;

function releaseOf(
  sequence: number,
  parent: Release | null,
  content: JsonObject = { auth: { servers: [`http://auth-${sequence}:8100`] } },
): Release {
  return newRelease({
    service: SERVICE,
    schema: SCHEMA,
    sequence,
    content,
    parent: parent?.hash ?? null,
    author: AUTHOR,
    reason: '',
    createdAt: START,
  });
}

function approvalOf(rollout: string, release: Release, undoTo: Release | null): Approval {
  return {
    kind: 'imara.approval/1',
    rollout,
    service: SERVICE,
    environment: 'production',
    release: release.hash,
    undoTo: undoTo?.hash ?? null,
    person: 'amina',
    breakGlass: false,
    at: START,
  };
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}

/** Of an event as it stands in the stream. */
function dataOf(text: string): string {
  const [, data = ''] = /^data: (.*)$/m.exec(text) ?? [];
  return data;
}
