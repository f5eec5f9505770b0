import type { Clock } from '../../platform/clock.ts';

/** From one claim, or its renewal, to where it lapses: what a dead worker makes others wait. */
export const HELD_CLAIM_MS = 5_000;
/** A claim that is a second old is renewed: most work has ended by then, and its claim costs nothing more. */
const RENEWED_WITH_MS = 4_000;

/**
 * Rows that this process has claimed and works on for as long as it takes. Their claims are short and renewed
 * while they are held, so that another worker has them soon after this one died. Only for work that two may
 * do at once without harm: a process that stood still for longer finds that it was done, or is doing it too.
 */
export class HeldClaims {
  readonly #clock: Clock;
  readonly #renew: (ids: readonly string[], until: Date) => Promise<void>;
  /** By id, until when its claim holds. */
  readonly #untilMs = new Map<string, number>();

  constructor(clock: Clock, renew: (ids: readonly string[], until: Date) => Promise<void>) {
    this.#clock = clock;
    this.#renew = renew;
  }

  /** Just claimed, until `until`. */
  hold(rows: readonly { readonly id: string }[], until: Date): void {
    for (const { id } of rows) this.#untilMs.set(id, until.getTime());
  }

  /** Done with, or left to the worker that comes when the claim lapses. */
  letGo(rows: readonly { readonly id: string }[]): void {
    for (const { id } of rows) this.#untilMs.delete(id);
  }

  /** To be called once a second. Returns how many claims were renewed. */
  async renew(): Promise<number> {
    const nowMs = this.#clock.now();
    const old = [...this.#untilMs].flatMap(([id, ms]) => (ms - nowMs <= RENEWED_WITH_MS ? [id] : []));
    if (old.length === 0) return 0;
    const untilMs = nowMs + HELD_CLAIM_MS;
    await this.#renew(old, new Date(untilMs));
    for (const id of old) if (this.#untilMs.has(id)) this.#untilMs.set(id, untilMs);
    return old.length;
  }
}
