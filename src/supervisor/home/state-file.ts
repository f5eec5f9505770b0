import { rm } from 'node:fs/promises';
import { replaceFile } from '../../platform/files/atomic-file.ts';
import type { SavedState } from '../local-api.ts';
import type { Home } from './home.ts';

const SAVE_WITHIN_MS = 50;

/**
 * Keeps `state.json` up to date: written soon after a change, one writing after the other, gone when all has
 * stopped.
 */
export class StateFile {
  readonly #home: Home;
  readonly #state: () => SavedState;
  readonly #failed: (error: Error) => void;
  #due: NodeJS.Timeout | undefined;
  #written: Promise<void> = Promise.resolve();

  constructor(home: Home, state: () => SavedState, failed: (error: Error) => void) {
    this.#home = home;
    this.#state = state;
    this.#failed = failed;
  }

  changed(): void {
    this.#due ??= setTimeout(() => {
      this.#due = undefined;
      const text = `${JSON.stringify(this.#state(), null, 2)}\n`;
      this.#written = this.#written.then(() => replaceFile(this.#home.stateFile, text)).catch(this.#failed);
    }, SAVE_WITHIN_MS);
  }

  async remove(): Promise<void> {
    clearTimeout(this.#due);
    await this.#written;
    await rm(this.#home.stateFile, { force: true });
  }
}
