import type { Release } from '../../../src/config/release.ts';
import type { Ordered } from '../../../src/control/store/assignments.ts';
import type { Command } from '../../../src/control/store/commands.ts';
import type { Acknowledgement, InstanceRow } from '../../../src/control/store/instances.ts';
import type { Past } from '../../../src/control/undo/way-back.ts';
import type { AfterProof } from '../../../src/rollout/alarm/after-proof.ts';
import type { Freeze, RolloutState } from '../../../src/rollout/machine/state.ts';
import type { Approval } from '../../../src/rollout/signed/approval.ts';
import type { Receipt } from '../../../src/rollout/signed/receipt.ts';
import type { Signed } from '../../../src/rollout/signed/signed.ts';

/** A row of `control.rollout` and its row of `control.release`. Times in ms. */
export interface KeptRollout {
  readonly state: RolloutState;
  readonly version: number;
  readonly backTo: string | null;
  readonly release: Release;
  /** They were written in this order. */
  readonly number: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/**
 * What control has in PostgreSQL, as rows of one service; people and the world write some of it directly.
 * The leader's own statements are in `leader-store.ts`. Nothing of it is lost; it may only be out of reach,
 * or put back to what it was. It decides nothing.
 */
export function createStore(now: () => number) {
  const rollouts = new Map<string, KeptRollout>();
  const words = new Map<string, Ordered>();
  const acknowledged = new Map<string, Acknowledgement>();
  const instances = new Map<string, InstanceRow>();
  const commands = new Map<string, Command>();
  const done = new Set<string>();
  const receipts: Signed<Receipt>[] = [];
  const approvals: Signed<Approval>[] = [];

  return {
    away: false,
    freezes: [] as readonly Freeze[],
    rollouts,
    words,
    acknowledged,
    instances,
    commands,
    done,
    receipts,
    approvals,
    leader: { holder: 'nobody', url: '', fence: 0, until: Number.NEGATIVE_INFINITY },
    /** The rollout whose release is in force; `null`: what is built in. */
    current: null as string | null,
    order: 0,
    epoch: 1,
    /** How the release in force is judged, as the last leader wrote it. */
    judgement: undefined as { readonly state: AfterProof; readonly writtenAt: number } | undefined,

    insert(state: RolloutState, release: Release, version = 0): void {
      const at = now();
      const number = rollouts.size;
      rollouts.set(state.id, { state, release, version, backTo: null, number, createdAt: at, updatedAt: at });
    },
    /** It is in force; `approvedBy`: as its offers say it. */
    begin(state: RolloutState, release: Release, approvedBy: readonly Signed<Approval>[]): void {
      this.insert(state, release);
      this.approve(approvedBy);
      this.current = state.id;
    },
    /** A person's approval of a rollout twice is one. */
    approve(by: readonly Signed<Approval>[]): void {
      for (const approval of by) {
        const { rollout, person, breakGlass } = approval.body;
        const same = ({ body }: Signed<Approval>) =>
          body.rollout === rollout && body.person === person && body.breakGlass === breakGlass;
        if (!approvals.some(same)) approvals.push(approval);
      }
    },
    command(command: Command): void {
      if (!done.has(command.id) && !commands.has(command.id)) commands.set(command.id, command);
    },
    /** An older row never replaces a newer one. */
    heard(rows: readonly InstanceRow[]): void {
      for (const row of rows) {
        const heardAt = instances.get(row.instance)?.heardAt ?? Number.NEGATIVE_INFINITY;
        if (heardAt <= row.heardAt) instances.set(row.instance, row);
      }
    },
    isDone: (command: string) => done.has(command),
    /** What became of each release; see `readPast`. */
    past(): Past[] {
      return [...rollouts.values()].map(({ release, state, backTo }) => ({
        sequence: release.sequence,
        hash: state.hash,
        parent: release.parent,
        phase: state.phase.at,
        backTo,
        current: state.id === this.current,
      }));
    },
    proofsOf(id: string, hash: string, at: number) {
      const valid = receipts.filter(({ body }) => body.hash === hash && body.expiresAt > at);
      const inOrder = valid.toSorted((a, b) => a.body.issuedAt - b.body.issuedAt);
      return {
        approvals: approvals.filter(({ body }) => body.rollout === id),
        // What each instance said last: a later word takes the place of an earlier one.
        receipts: [...new Map(inOrder.map((each) => [each.body.instance, each])).values()],
      };
    },
    nextOrder(): number {
      this.order += 1;
      return this.order;
    },
    /** As it stands now; what it returns puts it back to that, whatever has come since. */
    backup(): () => void {
      const parts = [
        keptMap(rollouts),
        keptMap(words),
        keptMap(acknowledged),
        keptMap(instances),
        keptMap(commands),
        keptList(receipts),
        keptList(approvals),
      ];
      const kept = [...done];
      const { leader, current, order, epoch, judgement } = this;
      return () => {
        for (const restore of parts) restore();
        done.clear();
        for (const id of kept) done.add(id);
        Object.assign(this, { leader, current, order, epoch, judgement });
      };
    },
  };
}

export type Store = ReturnType<typeof createStore>;

function keptMap<Value>(map: Map<string, Value>): () => void {
  const entries = [...map];
  return () => {
    map.clear();
    for (const [key, value] of entries) map.set(key, value);
  };
}

function keptList<Item>(list: Item[]): () => void {
  const items = [...list];
  return () => void list.splice(0, list.length, ...items);
}
