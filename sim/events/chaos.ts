import { isFinished } from '../../src/rollout/machine/phases.ts';
import type { Chance } from '../chance.ts';
import { APPROVERS } from '../world/releases.ts';
import type { World } from '../world.ts';
import { type BehaviourName, behaviours, feltOnly } from './behaviour.ts';

/** How rough a run is, drawn from its seed. */
export interface Roughness {
  /** Between two faults of any kind, on average; `null`: none. */
  readonly everyMs: number | null;
  readonly loss: number;
  readonly duplication: number;
  readonly meanDelayMs: number;
}

const WEATHERS: readonly [Roughness, ...Roughness[]] = [
  { everyMs: null, loss: 0, duplication: 0, meanDelayMs: 3 },
  { everyMs: 60_000, loss: 0, duplication: 0, meanDelayMs: 5 },
  { everyMs: 30_000, loss: 0.002, duplication: 0.01, meanDelayMs: 15 },
  { everyMs: 15_000, loss: 0.02, duplication: 0.05, meanDelayMs: 40 },
  { everyMs: 6_000, loss: 0.1, duplication: 0.2, meanDelayMs: 150 },
  { everyMs: 3_000, loss: 0.3, duplication: 0.5, meanDelayMs: 400 },
];
const PROOFS = ['none', 'of another', 'forged'] as const;
/** What is only felt, and switches, come at moments of their own (`felt.ts`). */
const NAMES = (Object.keys(behaviours) as BehaviourName[]).filter(
  (name) => name !== 'switches_a_product_off' && !feltOnly.some((felt) => felt === name),
);

/** Pushes, people and faults, at moments left to chance, until the safety phase ends. */
export function unleash(world: World, chance: Chance, safetyMs: number, only?: BehaviourName): Roughness {
  const { clock, store, network, controls, servers, members, settings } = world;
  const roughness = chance.pick(WEATHERS);
  const { loss, duplication, meanDelayMs } = roughness;
  network.weather = { loss, duplication, meanDelayMs };
  const end = clock.now + safetyMs;
  const tell = (what: string) => world.see({ type: 'chaos', what });
  const anyServer = () => chance.pickOf([...servers.values()]);
  const anyControl = () => chance.pickOf([...controls.values()]);
  const leader = () => [...controls.values()].find(({ leads }) => leads);
  const lately = (ms: number, happen: () => void) => clock.after(ms, () => clock.now < end && happen());

  function pushNext(): void {
    const open = [...store.rollouts.values()].some(({ state }) => !isFinished(state.phase.at));
    if (!open && !store.away && !world.spoiled) follow(world.push(nameOfNext(), chance.happens(0.3)));
    lately(chance.between(5_000, 20_000), pushNext);
  }

  function nameOfNext(): BehaviourName {
    if (only !== undefined) return only;
    return chance.happens(0.4) ? 'good' : (chance.pickOf(NAMES) ?? 'good');
  }

  /** What people do about a rollout: most approve, some never; now and then somebody undoes it. */
  function follow(rollout: string): void {
    if (chance.happens(0.9)) {
      const urgent = chance.happens(0.15);
      for (const person of APPROVERS) {
        lately(chance.between(500, 12_000), () => world.approve(rollout, person, urgent));
      }
    }
    if (settings.control.policy.confirmWaves) {
      const word = (): void => {
        const at = store.rollouts.get(rollout)?.state.phase.at;
        if (at === undefined || isFinished(at)) return;
        if (at === 'waiting' && chance.happens(0.5)) world.confirm(rollout);
        lately(1_000, word);
      };
      word();
    }
    if (chance.happens(0.25)) lately(chance.between(0, 60_000), () => world.undo(rollout));
    if (chance.happens(0.1)) lately(chance.between(0, 60_000), () => anyServer()?.undoHere());
  }

  const faults: readonly (() => void)[] = [
    () => {
      tell('a process is killed');
      anyServer()?.die();
    },
    () => {
      tell('a machine loses its power');
      anyServer()?.die('lost');
    },
    () => {
      const server = anyServer();
      if (server === undefined) return;
      server.disk.health = chance.pick(['slow', 'failing', 'hanging']);
      tell(`the disk of ${server.name} is ${server.disk.health}`);
      lately(chance.between(2_000, 20_000), () => {
        server.disk.health = 'well';
      });
    },
    () => {
      const server = anyServer();
      tell(`${server?.name} is slow`);
      if (server !== undefined) server.slowness = chance.between(2, 12);
    },
    () => anyServer()?.stick(),
    () => {
      const server = chance.happens(0.2) ? anyServer() : undefined;
      if (server !== undefined) server.lying = true;
    },
    () => {
      const some = members.filter(() => chance.happens(0.3)).map(({ instance }) => instance);
      tell(`${some.length} instances are cut from control`);
      network.part(new Set(some), new Set(world.parts.controls));
      lately(chance.between(500, 30_000), () => heal());
    },
    () => {
      const control = anyControl();
      if (control === undefined) return;
      tell(`${control.name} is cut from the store`);
      network.part(new Set([control.name]), new Set([world.parts.store]));
      lately(chance.between(500, 15_000), () => heal());
    },
    () => {
      tell('the leader is killed');
      leader()?.die(chance.between(500, 4_000));
    },
    () => {
      const ms = chance.between(500, 8_000);
      tell(`the leader sleeps for ${Math.round(ms)} ms`);
      leader()?.sleep(ms);
    },
    () => {
      const ms = chance.between(500, 8_000);
      tell(`the leader will sleep for ${Math.round(ms)} ms before it writes`);
      leader()?.sleepBeforeWriting(ms);
    },
    () => {
      tell('all control processes are killed');
      const backMs = chance.between(500, 40_000);
      for (const control of controls.values()) control.die(backMs);
    },
    () => {
      tell('the store is away');
      store.away = true;
      lately(chance.between(500, 20_000), () => {
        tell('the store is back');
        store.away = false;
      });
    },
    () => world.freeze(chance.between(1_000, 30_000)),
    () => world.restoreLater(chance.between(1_000, 60_000), () => clock.now < end),
    () => {
      const server = anyServer();
      tell(`the machine of ${server?.name} is replaced`);
      server?.replaceMachine();
    },
    () => {
      const server = anyServer();
      tell(`the disk of ${server?.name} is put back`);
      server?.putDiskBack();
    },
    () => {
      // A newcomer in the middle of it refuses what is in force.
      world.outage(chance.between(2_000, 30_000));
      anyServer()?.replaceMachine();
    },
    () => {
      const target = chance.pickOf(members.filter(({ environment }) => environment === 'production'));
      if (target === undefined) return;
      const proofs = chance.pick(PROOFS);
      world.smuggle(target.instance, chance.pickOf(NAMES) ?? 'good', proofs);
    },
    () => {
      const server = members.length > 6 && chance.happens(0.2) ? anyServer() : undefined;
      if (server === undefined || server.environment === 'testing') return;
      tell(`${server.name} is taken away for good`);
      server.leave();
    },
  ];

  function heal(): void {
    const { weather } = network;
    network.heal();
    network.weather = weather;
    tell('the network is whole again');
  }

  function strike(): void {
    if (roughness.everyMs === null) return;
    lately(chance.wait(roughness.everyMs), () => {
      chance.pickOf(faults)?.();
      strike();
    });
  }

  lately(8_000, pushNext);
  lately(8_000, strike);
  return roughness;
}

/** Everything is made whole, and nobody pushes any more. */
export function healAll({ network, store, servers, controls, see, thaw, outage }: World): void {
  see({ type: 'chaos', what: 'everything is healed; from here on progress is demanded' });
  network.heal();
  store.away = false;
  thaw();
  outage(0);
  for (const control of controls.values()) {
    control.wake();
    control.start();
  }
  for (const server of servers.values()) {
    server.disk.health = 'well';
    server.slowness = 1;
    server.lying = false;
  }
}
