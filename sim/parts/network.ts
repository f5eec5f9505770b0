import type { Chance } from '../chance.ts';
import type { Clock } from './clock.ts';

/**
 * What the network does to each message. Delays are drawn for each by itself, so messages overtake each
 * other.
 */
export interface Weather {
  readonly loss: number;
  readonly duplication: number;
  readonly meanDelayMs: number;
}

export const CALM: Weather = { loss: 0, duplication: 0, meanDelayMs: 3 };

export interface Network {
  weather: Weather;
  send(from: string, to: string, deliver: () => void): void;
  /** Nothing passes between the two sides until it is healed. */
  part(one: ReadonlySet<string>, other: ReadonlySet<string>): void;
  reaches(from: string, to: string): boolean;
  heal(): void;
}

const FASTEST_MS = 1;

export function createNetwork(clock: Clock, chance: Chance): Network {
  let cuts: { one: ReadonlySet<string>; other: ReadonlySet<string> }[] = [];
  const reaches = (from: string, to: string): boolean =>
    !cuts.some(({ one, other }) => (one.has(from) && other.has(to)) || (one.has(to) && other.has(from)));
  return {
    weather: CALM,
    send(from, to, deliver) {
      const { loss, duplication, meanDelayMs } = this.weather;
      if (chance.happens(loss)) return;
      const copies = chance.happens(duplication) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        const delayMs = FASTEST_MS + chance.wait(meanDelayMs);
        // A cut takes what is on its way, too.
        clock.after(delayMs, () => reaches(from, to) && deliver());
      }
    },
    part(one, other) {
      cuts.push({ one, other });
    },
    reaches,
    heal() {
      cuts = [];
      this.weather = CALM;
    },
  };
}
