import { type Batch, createInstanceRegistry } from '../../src/control/agents/registry.ts';
import { type Asked, askedAfter } from '../../src/control/agreement/agree.ts';
import { createSaying } from '../../src/control/agreement/once-a-second.ts';
import { type ActiveRollout, fold } from '../../src/control/leader/active-rollout.ts';
import { type Decided, type Step, undoTargets } from '../../src/control/leader/decide.ts';
import { type Observed, PRODUCTION, TESTING } from '../../src/control/leader/events.ts';
import { createSignedEvents } from '../../src/control/leader/signed-events.ts';
import { measuredTraffic } from '../../src/control/leader/traffic.ts';
import type { Assignment, Ordered } from '../../src/control/store/assignments.ts';
import type { Command } from '../../src/control/store/commands.ts';
import type { Fate } from '../../src/control/store/rollouts.ts';
import { type Known, type Standing, standingOf } from '../../src/control/undo/candidates.ts';
import type { AfterProof } from '../../src/rollout/alarm/after-proof.ts';
import { step } from '../../src/rollout/machine/machine.ts';
import { isBackward, isFinished } from '../../src/rollout/machine/phases.ts';
import { mayHave, named } from '../../src/rollout/machine/rollback.ts';
import type { RolloutEffect } from '../../src/rollout/machine/state.ts';
import type { Report } from '../../src/rollout/protocol.ts';
import type { TrustedKey } from '../../src/rollout/signed/signed.ts';
import type { Chance } from '../chance.ts';
import type { See } from '../seen.ts';
import type { Settings } from '../settings.ts';
import type { Clock } from './clock.ts';
import type { Cores } from './cores.ts';
import { signerOf, verify } from './keys.ts';
import type { Network } from './network.ts';
import type { Answer } from './server.ts';
import { lastOfEach, type Store, type StoredRollout } from './store.ts';

export interface ControlOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly network: Network;
  readonly store: Store;
  readonly cores: Cores;
  readonly settings: Settings;
  readonly see: See;
  readonly keys: readonly TrustedKey[];
  readonly say: (instance: string, text: string) => void;
}

export const STORE = 'store';
const STORE_TIMEOUT_MS = 1_000;
const IDLE_MS = 100;
const FAILED_MS = 250;
const CHECKPOINT_MS = 1_000;
const SAY_AGAIN_MS = 500;
const BEAT_MS = 250;

interface Memory {
  readonly fence: number;
  gatherUntil: number | null;
  active: readonly ActiveRollout[];
  readonly goingBack: Set<string>;
  readonly words: Map<string, Ordered>;
  fates: ReadonlyMap<string, Fate>;
  order: number;
  asked: Asked | undefined;
  judgement: AfterProof | undefined;
  listensSince: number;
}

interface Order {
  readonly command: Command;
  saidAt: number;
  written: boolean;
  readonly takenAt: number;
}

/** A process, from its start to its end. */
interface Process {
  readonly registry: ReturnType<typeof createInstanceRegistry>;
  readonly listeners: Set<string>;
  readonly orders: Map<string, Order>;
  held: { fence: number; until: number } | undefined;
  memory: Memory | undefined;
  stale: boolean;
  readonly saying: ReturnType<typeof createSaying>;
  /** As it was read last. */
  inForce: ActiveRollout | undefined;
  /** What went back, and when; see `Memory.left` of control. */
  readonly left: Map<string, { at: number; known: Known }>;
}

/**
 * One control process: the edge of control's cores, turn by turn as the leader takes them, on simulated
 * ground.
 */
export function createControl(options: ControlOptions) {
  const { name, clock, chance, network, store, cores, settings, see } = options;
  const { termMs, gatherMs, lostMs, idleBeatMs, traffic } = settings.control;
  const signedEvents = createSignedEvents(signerOf('key-of-control'));
  /** Wall clocks differ a little; waits are measured by clocks that do not. */
  const skewMs = chance.between(-100, 100);
  let running: Process | undefined;
  let asleepUntil = 0;
  /** For so long it will sleep between its next decision and the writing of it. */
  let drowsyMs = 0;

  const wall = () => clock.now + skewMs;
  const term = (process: Process) =>
    process.held !== undefined && clock.now < process.held.until ? process.held.fence : undefined;

  /** Happens in this process if it is there then; later, if it sleeps then. */
  function soon(ms: number, happen: (process: Process) => void): void {
    const mine = running;
    const go = (): void => {
      if (mine === undefined || running !== mine) return;
      if (clock.now < asleepUntil) clock.at(asleepUntil, go);
      else happen(mine);
    };
    clock.after(ms, go);
  }

  /** Asks the store. It may not get there, and the answer may not get back although all was done. */
  function ask<Result>(
    what: () => Result,
    then: (process: Process, result: Result | undefined) => void,
  ): void {
    let settled = false;
    const settle = (result: Result | undefined) => (process: Process) => {
      if (settled) return;
      settled = true;
      then(process, result);
    };
    soon(chance.wait(2), () => {
      if (store.away || !network.reaches(name, STORE)) return;
      const result = what();
      clock.after(chance.wait(2), () => {
        if (network.reaches(name, STORE) && !store.away) soon(0, settle(result));
      });
    });
    soon(STORE_TIMEOUT_MS, settle(undefined));
  }

  function start(): void {
    if (running !== undefined) return;
    running = {
      registry: createInstanceRegistry({ most: 10_000 }),
      listeners: new Set(),
      orders: new Map(),
      held: undefined,
      memory: undefined,
      stale: false,
      saying: createSaying(),
      inForce: undefined,
      left: new Map(),
    };
    campaign();
    soon(IDLE_MS, turn);
  }

  function campaign(): void {
    const asked = clock.now;
    ask(
      () => {
        const before = store.leader.fence;
        const fence = store.campaign(name, termMs, clock.now);
        if (fence !== undefined && fence !== before) see({ type: 'leads', control: name, fence });
        return { fence };
      },
      (process, won) => {
        if (won?.fence !== undefined) process.held = { fence: won.fence, until: asked + termMs };
        else if (won !== undefined) process.held = undefined;
      },
    );
    soon(termMs / 4, campaign);
  }

  function turn(process: Process): void {
    const beganAt = clock.now;
    const end = (ok: boolean) => soon(ok ? IDLE_MS : FAILED_MS, turn);
    sayAgain(process);
    for (const order of process.orders.values()) {
      if (order.written) continue;
      ask(
        () => store.command(order.command),
        () => undefined,
      );
      ask(
        () => true,
        (_, ok) => {
          if (ok) order.written = true;
        },
      );
    }
    const fence = term(process);
    if (fence === undefined) {
      giveWay(process);
      end(true);
      return;
    }
    ask(
      () => {
        const commands = store.openCommands();
        const named = commands.flatMap(({ rollout }) => store.rollouts.get(rollout ?? '') ?? []);
        return {
          active: store.active(process.registry.running(SERVICE)),
          named,
          commands,
          freezes: store.freezes,
          fates: store.fates(process.registry.running(SERVICE)),
          order: store.order,
          inForce: store.rollouts.get(store.current ?? ''),
        };
      },
      (_, read) => {
        if (read === undefined) return end(false);
        const open = new Set(read.commands.map(({ id }) => id));
        for (const [id, { written, takenAt }] of process.orders)
          if (written && takenAt < beganAt - STORE_TIMEOUT_MS && !open.has(id)) process.orders.delete(id);
        if (process.memory !== undefined && read.order < process.memory.order) process.memory = undefined;
        process.inForce = read.inForce && load([read.inForce], process.memory?.active ?? [])[0];
        const memory = remembered(process, fence, read.active);
        memory.fates = read.fates;
        memory.order = Math.max(memory.order, read.order);
        if (gathering(process, memory, read.commands)) return end(true);
        const active = new Set(memory.active.map(({ id }) => id));
        const named = load(
          read.named.filter(({ state }) => !active.has(state.id)),
          [],
        );
        decideAll(process, memory, { ...read, named, beganAt }, end);
      },
    );
  }

  function remembered(process: Process, fence: number, stored: readonly StoredRollout[]): Memory {
    const { memory } = process;
    if (memory?.fence === fence) {
      if (process.stale) memory.active = load(stored, memory.active);
      process.stale = false;
      const known = new Set(memory.active.map(({ id }) => id));
      const added = load(
        stored.filter(({ state }) => !known.has(state.id)),
        [],
      );
      if (added.length > 0) memory.active = [...memory.active, ...added];
      return memory;
    }
    process.registry.recall([...store.acknowledged.values()]);
    const active = load(stored, memory?.active ?? []);
    const fresh: Memory = {
      fence,
      gatherUntil: wall() + gatherMs,
      active,
      goingBack: new Set(),
      words: new Map(store.words),
      fates: new Map(),
      order: 0,
      asked: undefined,
      judgement: store.judgement,
      listensSince: wall(),
    };
    process.memory = fresh;
    process.stale = false;
    for (const [id, at] of store.leftAt) {
      const found = store.rollouts.get(id);
      for (const each of found === undefined ? [] : load([found], []))
        if (!process.left.has(id)) process.left.set(id, { at, known: knownOf(each) });
    }
    return fresh;
  }

  /**
   * What is in force while something else is active: an undo may be about it, and must not wait for the
   * store.
   */
  function besides({ inForce }: Process, { active }: Memory): ActiveRollout[] {
    return inForce === undefined || active.some(({ id }) => id === inForce.id) ? [] : [inForce];
  }

  function load(stored: readonly StoredRollout[], known: readonly ActiveRollout[]): ActiveRollout[] {
    return stored.map(({ state, version, backTo, release }): ActiveRollout => {
      const same = known.find((each) => each.id === state.id && each.version === version);
      if (same !== undefined) return same;
      const proofs = store.proofsOf(state.id, state.hash, wall());
      return {
        id: state.id,
        service: release.service,
        version,
        backTo,
        // Through JSON, as the store has it.
        state: step(JSON.parse(JSON.stringify(state)), { type: 'resume' }, wall()).state,
        offered: { release, undoTo: state.undoTo, ...proofs },
        since: wall(),
        savedAt: wall(),
      };
    });
  }

  function gathering(process: Process, memory: Memory, commands: readonly Command[]): boolean {
    if (memory.gatherUntil === null) return false;
    const underWay = memory.active.filter(({ state }) => !isFinished(state.phase.at));
    const here = underWay.every(({ state, service }) =>
      named(state).every(([instance, has]) => !mayHave(has) || process.registry.member(service, instance)),
    );
    const waits = commands.some(({ kind }) => kind === 'submit') || (underWay.length > 0 && !here);
    const early = wall() < memory.gatherUntil && !commands.some(({ kind }) => kind === 'undo');
    if (early && waits) return true;
    if (early && underWay.length === 0) return false;
    memory.gatherUntil = null;
    memory.listensSince = wall();
    memory.active = memory.active.map((each) => ({
      ...each,
      since: wall(),
      state: fold(each.state, [{ type: 'resume' }], wall()).state,
    }));
    return false;
  }

  function decideAll(
    process: Process,
    memory: Memory,
    read: {
      named: readonly ActiveRollout[];
      commands: readonly Command[];
      freezes: Observed['freezes'];
      beganAt: number;
    },
    end: (ok: boolean) => void,
  ): void {
    const now = wall();
    const { named, commands, freezes, beganAt } = read;
    const service = SERVICE;
    const batch = process.registry.take(service);
    const leftHere = new Set(
      batch.told.flatMap(({ numbered: { message } }) =>
        message.type === 'undo_ordered_here' ? [message.from] : [],
      ),
    );
    const decided = cores.decide({
      active: [...memory.active, ...besides(process, memory).filter(({ state }) => leftHere.has(state.hash))],
      named,
      commands,
      observed: observedIn(process, batch, freezes, now),
      inForce: process.inForce,
      watching: {
        known: memory.judgement,
        limits: settings.control.policy.gate.facts,
        listensSince: memory.listensSince,
      },
      known: {
        order: memory.order,
        fates: memory.fates,
        asked: memory.asked,
        gathered: memory.gatherUntil === null,
      },
      keys: options.keys,
      verify,
      approve: signedEvents.approve,
      now,
    });
    see({
      type: 'heard',
      control: name,
      reports: batch.outcomes,
      instances: batch.beats.map(({ instance }) => instance),
    });
    for (const each of decided.steps) {
      if (isBackward(each.folded.state.phase.at)) {
        const { active, folded, backTo } = each;
        memory.goingBack.add(active.id);
        const began = !isBackward(active.state.phase.at);
        const at = began ? clock.now : (process.left.get(active.id)?.at ?? clock.now);
        process.left.set(active.id, { at, known: knownOf({ ...active, state: folded.state, backTo }) });
      }
      sayUndos(process, each);
    }
    const finish = (assigned: Ordered[] | undefined) => {
      process.registry.settle(batch);
      remember(process, memory, decided, assigned, now);
      memory.judgement = decided.judged.state;
      seeJudged(decided.judged);
      for (const { command } of decided.commands) process.orders.delete(command.id);
      if (assigned === undefined) seeDecided(memory.fence, decided, false);
      see({ type: 'turn', control: name, beganAt });
      const { says, adopt, raiseTo } = decided.agreed;
      memory.asked = askedAfter(memory.asked, decided.agreed, now);
      process.stale ||= adopt !== null || raiseTo !== null;
      memory.order = Math.max(memory.order, raiseTo ?? 0);
      if (term(process) === memory.fence) {
        for (const { instance, event } of process.saying.due(service, says, now)) {
          send(
            process,
            instance,
            event.type === 'show' ? signedEvents.showText(event.hash) : signedEvents.undoText(event),
          );
        }
        for (const word of assigned ?? []) if (word.action !== 'undo') say(process, memory, word);
        for (const { active, folded } of decided.steps) renew(process, active, folded.effects);
      }
      end(true);
    };
    if (!isDecisive(decided, batch, now)) {
      finish(undefined);
      return;
    }
    if (drowsyMs > 0) asleepUntil = clock.now + drowsyMs;
    drowsyMs = 0;
    const heard = batch.told.length === 0 ? [] : batch.heard;
    ask(
      () => {
        const adopting = { keys: options.keys, verify, policy: settings.control.policy };
        const assigned = store.write(
          { fence: memory.fence, now, decided, heard, adopting },
          wantedBy(decided),
        );
        if (assigned !== undefined) seeStored(memory.fence, decided);
        return { assigned };
      },
      (_, written) => {
        if (written?.assigned !== undefined) return finish(written.assigned);
        process.registry.putBack(batch);
        process.stale = true;
        end(false);
      },
    );
  }

  function seeJudged({ state, raised, cleared }: Decided['judged']): void {
    const kinds = (alarms: readonly { kind: string }[]) => alarms.map(({ kind }) => kind);
    see({ type: 'judged', control: name, state, raised: kinds(raised), cleared: kinds(cleared) });
  }

  function seeStored(fence: number, decided: Decided): void {
    seeDecided(fence, decided, true);
    const commands = decided.commands.map(({ command }) => command.id);
    if (commands.length > 0) see({ type: 'commands_done', control: name, commands });
  }

  function seeDecided(fence: number, { steps }: Decided, stored: boolean): void {
    for (const { active, folded } of steps) {
      const [before, after, { effects }] = [active.state, folded.state, folded];
      see({ type: 'decided', control: name, fence, stored, before, after, effects });
    }
  }

  function observedIn(process: Process, batch: Batch, freezes: Observed['freezes'], now: number) {
    const { registry } = process;
    return {
      batch,
      freezes,
      lostMs,
      traffic: () => measuredTraffic(registry.rates(SERVICE, now), traffic),
      tallies: (pushed: string) => registry.tallies(SERVICE, pushed, now),
    };
  }

  function isDecisive(
    { steps, commands, notes, agreed, judged }: Decided,
    batch: Batch,
    now: number,
  ): boolean {
    if (
      judged.raised.length > 0 ||
      judged.cleared.length > 0 ||
      agreed.raiseTo !== null ||
      agreed.adopt !== null ||
      commands.length > 0 ||
      notes.length > 0 ||
      batch.told.length > 0
    )
      return true;
    return steps.some(({ active, folded }) => {
      if (folded.effects.some(({ type }) => type !== 'renew')) return true;
      const due = !isFinished(folded.state.phase.at) && now - active.savedAt >= CHECKPOINT_MS;
      return due && folded.state !== active.state;
    });
  }

  function remember(
    process: Process,
    memory: Memory,
    { steps, approvals, receipts }: Decided,
    assigned: Ordered[] | undefined,
    now: number,
  ): void {
    const next = new Map(memory.active.map((each) => [each.id, each]));
    for (const { active, folded, backTo } of steps) {
      const { state } = folded;
      const written = assigned === undefined ? {} : { version: active.version + 1, savedAt: now };
      const offered = active.offered && {
        ...active.offered,
        approvals: [
          ...active.offered.approvals,
          ...approvals.filter(({ body }) => body.rollout === active.id),
        ],
        receipts: lastOfEach([
          ...active.offered.receipts,
          ...receipts.filter(({ body }) => body.hash === state.hash),
        ]),
      };
      const proofs = approvals.length + receipts.length > 0 ? { offered } : {};
      // What is named by a command alone is not stepped any further.
      if (next.has(active.id)) next.set(active.id, { ...active, ...proofs, ...written, state, backTo });
      process.stale ||= state.phase.at !== active.state.phase.at;
    }
    memory.active = [...next.values()];
    for (const word of assigned ?? []) memory.words.set(word.instance, word);
  }

  /**
   * Says the last word again to who connects; nothing forward after its term, or of a rollout that has gone
   * back.
   */
  function greet(process: Process, memory: Memory, instance: string): void {
    const word = memory.words.get(instance);
    const at = memory.active.find(({ id }) => id === word?.rollout)?.state.phase.at;
    if (word === undefined) return;
    const back = memory.goingBack.has(word.rollout) || at === undefined || isBackward(at);
    const forward = term(process) === memory.fence && !back;
    if (word.action === 'undo' || forward) say(process, memory, word);
  }

  function say(process: Process, memory: Memory, word: Ordered): void {
    const offered = memory.active.find(({ id }) => id === word.rollout)?.offered ?? undefined;
    const text = signedEvents.assignmentText(word, offered);
    if (text === undefined || !send(process, word.instance, text) || word.action === 'undo') return;
    const { rollout, instance, action } = word;
    see({ type: 'told', control: name, rollout, instance, what: action });
  }

  function send(process: Process, instance: string, text: string): boolean {
    if (!process.listeners.has(instance)) return false;
    options.say(instance, text);
    return true;
  }

  function sayUndos(
    process: Process,
    { active, folded, backTo }: Pick<Step, 'active' | 'folded' | 'backTo'>,
  ): void {
    for (const effect of folded.effects) {
      if (effect.type !== 'undo') continue;
      const { from, to, instance } = effect;
      send(process, instance, signedEvents.undoText({ rollout: active.id, from, to: backTo ?? to }));
    }
  }

  function renew(process: Process, active: ActiveRollout, effects: readonly RolloutEffect[]): void {
    const { id: rollout, state } = active;
    for (const effect of effects) {
      if (effect.type !== 'renew') continue;
      const { instance, beat, leaseMs } = effect;
      send(
        process,
        instance,
        signedEvents.renewalText({ rollout, hash: state.hash, instance, beat, leaseMs }),
      );
      see({ type: 'told', control: name, rollout, instance, what: 'renewal' });
    }
  }

  function sayAgain(process: Process): void {
    for (const order of process.orders.values()) {
      if (clock.now - order.saidAt >= SAY_AGAIN_MS) sayUndo(process, order);
    }
  }

  function sayUndo(process: Process, order: { command: Command; saidAt: number }): void {
    const { command } = order;
    order.saidAt = clock.now;
    const { memory } = process;
    const held = memory === undefined ? [] : [...memory.active, ...besides(process, memory)];
    for (const active of undoTargets(held, command).leaves) {
      const event = { type: 'undo' as const, by: command.person, reason: 'smoke' };
      sayUndos(process, { active, folded: fold(active.state, [event], wall()), backTo: active.backTo });
    }
  }

  function giveWay(process: Process): void {
    const { holder } = store.leader;
    if (process.memory === undefined || holder === name || !network.reaches(name, STORE)) return;
    process.memory = undefined;
    process.listeners.clear();
    for (const [id, { written }] of process.orders) if (written) process.orders.delete(id);
  }

  function beatMs(process: Process, { phase }: Report): number {
    const forward = process.memory?.active.some(({ state }) => !isFinished(state.phase.at));
    if (forward !== true && phase === 'steady') return idleBeatMs;
    const most = phase === 'steady' ? idleBeatMs : BEAT_MS * 2;
    return Math.min(most, Math.max(BEAT_MS, process.registry.size));
  }

  return {
    name,
    start,
    /** `backMs`: until its supervisor has started it again. */
    die(backMs: number): void {
      running = undefined;
      clock.after(backMs, start);
    },
    /**
     * Stands still, as a process does whose machine is moved or whose memory is swapped out, and knows
     * nothing of it.
     */
    sleep(ms: number): void {
      asleepUntil = clock.now + ms;
    },
    sleepBeforeWriting(ms: number): void {
      drowsyMs = ms;
    },
    wake(): void {
      asleepUntil = clock.now;
      drowsyMs = 0;
    },
    /** A report of an instance has come in. */
    report(report: Report, answer: (answer: Answer) => void): void {
      soon(0, (process) => {
        if (process.memory === undefined) {
          const { holder } = store.leader;
          return answer({ leader: holder === name ? undefined : holder });
        }
        const heard = process.registry.hear(report, wall());
        if ('refused' in heard) return;
        if (!process.listeners.has(report.instance)) {
          process.listeners.add(report.instance);
          greet(process, process.memory, report.instance);
        }
        answer({ acknowledged: heard.acknowledged, nextBeatMs: beatMs(process, report) });
      });
    },
    /** R6: said at once to everybody who listens here, and seen to that it is written. */
    undo(command: Command): void {
      soon(0, (process) => {
        const order = process.orders.get(command.id) ?? {
          command,
          saidAt: 0,
          written: false,
          takenAt: clock.now,
        };
        process.orders.set(command.id, order);
        sayUndo(process, order);
      });
    },
    /** R17: what the command line is told; see `loop.ts` and `api/undo.ts`. */
    get standing(): Standing | undefined {
      const process = running;
      if (process?.memory === undefined || clock.now < asleepUntil) return undefined;
      const { memory, inForce, left, stale } = process;
      const inStore =
        (stale || term(process) !== memory.fence) && !store.away && network.reaches(name, STORE);
      const current = store.rollouts.get(store.current ?? '');
      const read = inStore
        ? load(current === undefined ? [] : [current], []).map(knownOf)
        : inForce === undefined
          ? []
          : [knownOf(inForce)];
      const active = memory.active
        .filter(({ state }) => !inStore || state.phase.at !== 'proved')
        .map(knownOf);
      const all = [...[...left.values()].map(({ known }) => known), ...read, ...active];
      const leftAt = new Map([...left].map(([id, { at }]) => [id, at]));
      const known = [...new Map(all.map((each) => [each.id, each])).values()];
      return standingOf(SERVICE, known, leftAt, clock.now);
    },
    get leads() {
      return running !== undefined && clock.now >= asleepUntil && running.memory !== undefined;
    },
    get isUp() {
      return running !== undefined && clock.now >= asleepUntil;
    },
  };
}

export type Control = ReturnType<typeof createControl>;

export const SERVICE = 'platform';

function knownOf({ id, service, state, backTo, offered }: ActiveRollout): Known {
  return { id, service, state, backTo, sequence: offered?.release.sequence ?? null };
}

/** What is wanted of each instance by a turn; the last word counts. */
function wantedBy(decided: Decided): Assignment[] {
  const wanted = decided.steps.flatMap(({ active, folded, backTo }) =>
    folded.effects.flatMap((effect): Assignment[] => {
      if (effect.type !== 'offer' && effect.type !== 'prove' && effect.type !== 'undo') return [];
      const { instance } = effect;
      const { state } = folded;
      const common: Assignment = {
        service: active.service,
        instance,
        environment: state.instances[instance]?.environment === 'testing' ? TESTING : PRODUCTION,
        rollout: active.id,
        hash: state.hash,
        action: 'undo',
        undoTo: null,
        leaseMs: null,
        breakGlass: false,
        attempt: 1,
      };
      if (effect.type === 'undo') return [{ ...common, undoTo: backTo ?? effect.to }];
      if (effect.type === 'prove') return [{ ...common, action: 'proof' }];
      const { leaseMs, breakGlass, attempt } = effect;
      return [{ ...common, action: 'offer', leaseMs, breakGlass, attempt }];
    }),
  );
  return [...new Map(wanted.map((each) => [each.instance, each])).values()];
}
