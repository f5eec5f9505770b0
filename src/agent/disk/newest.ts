/**
 * Writes what it is given, one after the other; of what waits only the newest is written, because it holds
 * what the others held. Woken by `write`, and by the end of the write before. It must never write two at
 * once, nor leave a caller that waits for a write without its outcome.
 */
export interface NewestWriter<Content> {
  write(content: Content, done?: Written): void;
  /** Calls back when all that was given until then is written, or could not be; at once if it is. */
  whenIdle(done: () => void): void;
}

/** `error`: why it could not be written; `undefined`: it is on disk. */
export type Written = (error?: unknown) => void;

export function createNewestWriter<Content>(
  put: (content: Content, done: Written) => void,
): NewestWriter<Content> {
  let next: { content: Content; waiting: Written[] } | undefined;
  let writing = false;
  let idle: (() => void)[] = [];

  const begin = (): void => {
    if (writing) return;
    if (next === undefined) {
      const all = idle;
      idle = [];
      for (const done of all) done();
      return;
    }
    const { content, waiting } = next;
    next = undefined;
    writing = true;
    put(content, (error) => {
      writing = false;
      for (const done of waiting) done(error);
      begin();
    });
  };
  return {
    write(content, done) {
      const waiting = next?.waiting ?? [];
      next = { content, waiting: done === undefined ? waiting : [...waiting, done] };
      begin();
    },
    whenIdle(done) {
      idle.push(done);
      begin();
    },
  };
}
