import { type JsonObject, plainJson } from '../../../config/canonical.ts';
import type { RolloutEffect } from '../../../rollout/machine/state.ts';
import type { AgentMessage } from '../../../rollout/protocol.ts';
import type { InstanceClaim } from '../../agents/registry.ts';
import type { Assignment, Ordered } from '../../store/assignments.ts';
import type { Command, CommandResult } from '../../store/commands.ts';
import type { Entry } from '../../store/journal.ts';
import type { ActiveRollout } from '../memory/active-rollout.ts';

/** What the journal says of a turn: who said, asked, decided and was sent what. Pure. */

export function raisedEntry(order: number, leader: string, at: number): Entry {
  const reason =
    'an instance knows an order that the store does not: the store was put back to an older state';
  return {
    at,
    actor: `control:${leader}`,
    kind: 'store.behind',
    subject: 'control',
    data: { order, reason },
  };
}

/**
 * What of a message may be kept: of a release that was shown its name, because its content holds secrets.
 */
function sayable(message: AgentMessage): Record<string, unknown> & { rollout?: string | null } {
  if (message.type !== 'shown') return message;
  const { hash, sequence } = message.release;
  return { type: message.type, hash, sequence, rollout: message.vouch.rollout };
}

/** `at` is control's time: an instance's own clock may say anything. */
export function claimEntry(
  { instance, numbered: { message, at: saidAt } }: InstanceClaim,
  at: number,
): Entry {
  const { type, ...said } = { ...sayable(message), type: message.type };
  const data = { ...said, saidAt };
  const subject = said.rollout ?? instance;
  return { at, actor: `instance:${instance}`, kind: `agent.${type}`, subject, data: plainJson(data) };
}

export function commandEntry(
  { id, kind, rollout, service, person, body }: Command,
  result: CommandResult,
  at: number,
): Entry {
  const data: JsonObject = { command: id, ...body, ...(result.ok ? {} : { refused: result.reason }) };
  return { at, actor: person, kind: `operator.${kind}`, subject: rollout ?? service, data };
}

export function entriesOf(
  { id }: ActiveRollout,
  effects: readonly RolloutEffect[],
  leader: string,
  at: number,
): Entry[] {
  const common = { at, actor: `control:${leader}`, subject: id };
  const sent = Object.entries({ offer: 'offered', prove: 'told_to_keep', undo: 'told_back' }).flatMap(
    ([type, kind]): Entry[] => {
      const instances = effects.flatMap((effect) =>
        effect.type === type && 'instance' in effect ? [effect.instance] : [],
      );
      return instances.length === 0 ? [] : [{ ...common, kind: `rollout.${kind}`, data: { instances } }];
    },
  );
  const decided = effects.flatMap((effect): Entry[] => {
    if (effect.type !== 'journal') return [];
    const { what, ...data } = effect.entry;
    return [{ ...common, kind: `rollout.${what}`, data: plainJson(data) }];
  });
  return [...decided, ...sent];
}

/**
 * R2: offers that the store would not take. `wanted`: one an instance. The wave then runs into its
 * deadline, and goes back.
 */
export function refusedByStore(
  wanted: readonly Assignment[],
  assigned: readonly Ordered[],
  leader: string,
  at: number,
): Entry[] {
  const written = new Set(assigned.map(({ instance }) => instance));
  const refused = wanted.filter(({ instance }) => !written.has(instance));
  return [...Map.groupBy(refused, ({ rollout }) => rollout)].map(([rollout, offers]) => ({
    at,
    actor: `control:${leader}`,
    kind: 'rollout.refused_by_store',
    subject: rollout,
    data: {
      instances: offers.map(({ instance }) => instance),
      reason: 'no passed receipt from testing for this content is valid',
    },
  }));
}
