/** What the service serves with from one switch to the next. Swapped whole, never changed. */
export interface Serving<Document, Live> {
  /** Of the release; `null`: what the service has built in. */
  readonly hash: string | null;
  readonly document: Document;
  readonly live: Live;
  /** Numbers the switches from 1; outcomes are counted by it. */
  readonly stretch: number;
}

export interface LiveSwitch<Document, Live> {
  readonly current: Serving<Document, Live> | undefined;
  /** Which release each of the latest stretches served with, newest first. */
  readonly stretches: readonly { readonly stretch: number; readonly hash: string | null }[];
  isWarm(hash: string | null): boolean;
  /** Keeps a live object beside the one that serves. */
  keep(hash: string | null, document: Document, live: Live): void;
  /** Takes effect at once: the next `current` is the new one. */
  swap(hash: string | null): Serving<Document, Live>;
  /** Retires every live object but the current one. */
  settle(): void;
}

/**
 * Live objects by release. The one before stays warm until the new one is settled, so that going back is an
 * assignment: it cannot fail and waits for nothing.
 */
export function createLiveSwitch<Document, Live>(options: {
  retire: (live: Live) => void;
  /** How many stretches are remembered. */
  remembered: number;
}): LiveSwitch<Document, Live> {
  const warm = new Map<string | null, { document: Document; live: Live }>();
  let current: Serving<Document, Live> | undefined;
  let stretches: { stretch: number; hash: string | null }[] = [];
  return {
    get current() {
      return current;
    },
    get stretches() {
      return stretches;
    },
    isWarm: (hash) => warm.has(hash),
    keep(hash, document, live) {
      if (warm.has(hash)) options.retire(live);
      else warm.set(hash, { document, live });
    },
    swap(hash) {
      const ready = warm.get(hash);
      if (ready === undefined) throw new Error(`no live object of ${hash} is warm`);
      current = Object.freeze({ hash, ...ready, stretch: (current?.stretch ?? 0) + 1 });
      stretches = [{ stretch: current.stretch, hash }, ...stretches].slice(0, options.remembered);
      return current;
    },
    settle() {
      for (const [hash, { live }] of warm) {
        if (hash === current?.hash) continue;
        warm.delete(hash);
        options.retire(live);
      }
    },
  };
}
