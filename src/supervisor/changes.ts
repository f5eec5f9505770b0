/** Something changes, and others wait until it is as they want it. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  happened(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /**
   * Settles when `condition` holds (looked at after each change), or when the time is over: look at it again
   * then.
   */
  async until(condition: () => boolean, timeoutMs: number): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (condition()) finish();
      };
      const finish = () => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve();
      };
      const timer = setTimeout(finish, timeoutMs);
      this.#listeners.add(look);
    });
  }
}
