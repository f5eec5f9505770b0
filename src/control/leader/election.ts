/**
 * One control process leads: its name is in the one row of `control.leader`, for as long as it goes on saying
 * so. `fence` grows with each change of hands, and is never given twice: it is the database's time at least,
 * so that also after a store was put back to an older state nobody shares one with a leader of the time that
 * was lost. The leader trusts its own monotonic clock for when its term ends, counted from before it asked,
 * so it has stopped before another can begin; and every write names the fence, so a leader that was asleep,
 * or has a clock that lies, fails there.
 */
export interface Election {
  /** The fence of the current term, `undefined` when this process does not lead by its own clock. */
  term(): number | undefined;
  /** Who leads, as far as known: where agents and people should turn. */
  leader(): { holder: string; url: string } | undefined;
  /** Takes or renews the term. Rejects when the store cannot be reached; the term then runs out by itself. */
  campaign(): Promise<void>;
  /** Gives the term back, so that another need not wait for its end. */
  resign(): Promise<void>;
}

/** A write of a leader that is not the leader any more. */
export class Deposed extends Error {
  override readonly name = 'Deposed';
}

/** Where the lead is kept; `sql/term.ts` keeps it in PostgreSQL. */
export interface ElectionStore {
  /**
   * Takes or renews the term for so many ms from now. Resolves to its fence; `undefined`: another holds it.
   */
  claim(candidate: { holder: string; url: string; ms: number }): Promise<number | undefined>;
  leader(): Promise<{ holder: string; url: string } | undefined>;
  /** Ends the term now, if it is still this one. */
  giveBack(term: { holder: string; fence: number }): Promise<void>;
}

export interface ElectionOptions {
  store: ElectionStore;
  holder: string;
  /** Where agents and operators reach this process. */
  url: () => string;
  termMs: () => number;
  /** Monotonic, ms. */
  now?: () => number;
}

export function createElection({
  store,
  holder,
  url,
  termMs,
  now = () => performance.now(),
}: ElectionOptions): Election {
  let held: { fence: number; until: number } | undefined;
  let known: { holder: string; url: string } | undefined;

  return {
    term: () => (held !== undefined && now() < held.until ? held.fence : undefined),
    leader: () => known,
    async campaign() {
      const asked = now();
      const ms = termMs();
      const fence = await store.claim({ holder, url: url(), ms });
      if (fence !== undefined) {
        held = { fence, until: asked + ms };
        known = { holder, url: url() };
        return;
      }
      held = undefined;
      known = await store.leader();
    },
    async resign() {
      if (held === undefined) return;
      const { fence } = held;
      held = undefined;
      await store.giveBack({ holder, fence });
    },
  };
}
