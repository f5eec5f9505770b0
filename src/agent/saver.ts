import type { Memory } from '../rollout/instance/state.ts';
import type { MemoryStore } from './disk/memory-store.ts';

/**
 * Writes memories one after the other. Of those that wait only the newest is written: it holds what they
 * held.
 */
export interface Saver {
  /** `hash`: who waits for this one; told by `onSaved` and `onFailed`. */
  save(memory: Memory, hash: string | undefined): void;
  /** Settles when all that was given is written, or could not be. */
  idle(): Promise<void>;
}

export function createSaver(
  store: Pick<MemoryStore, 'save'>,
  on: { saved(hash: string): void; failed(error: unknown, hash: string | undefined): void },
): Saver {
  let next: Memory | undefined;
  let waiting: string[] = [];
  let writing: Promise<void> | undefined;

  const write = async (): Promise<void> => {
    while (next !== undefined) {
      const memory = next;
      const hashes = waiting;
      next = undefined;
      waiting = [];
      try {
        await store.save(memory);
        for (const hash of hashes) on.saved(hash);
      } catch (error) {
        for (const hash of hashes.length > 0 ? hashes : [undefined]) on.failed(error, hash);
      }
    }
    writing = undefined;
  };
  return {
    save(memory, hash) {
      next = memory;
      if (hash !== undefined) waiting = [...waiting, hash];
      writing ??= write();
    },
    idle: async () => writing,
  };
}
