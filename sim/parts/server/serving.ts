import type { ShellPorts } from '../../../src/agent/shell/ports.ts';
import type { LiveSwitch } from '../../../src/agent/switch/live.ts';
import type { JsonObject } from '../../../src/config/canonical.ts';
import { documentFor } from '../../../src/config/overlay.ts';
import type { Release } from '../../../src/config/release.ts';
import type { Chance } from '../../chance.ts';
import type { Behaviour } from '../../events/behaviour.ts';

export const BUILT_IN: JsonObject = {};

/** What a simulated process serves with, and the swap of it, which takes as long as the release has it. */
export function createServing({
  environment,
  lives,
  chance,
  slowness,
  behaviourOf,
  isUp,
  soon,
  die,
  beforeSwap,
  swapped,
}: {
  environment: string;
  lives: LiveSwitch<JsonObject, undefined>;
  chance: Chance;
  slowness: () => number;
  behaviourOf: (hash: string | null) => Behaviour;
  isUp: () => boolean;
  /** Unless the process has ended or is stuck by then. */
  soon: (ms: number, happen: () => void) => void;
  die: () => void;
  beforeSwap: () => void;
  swapped: (hash: string | null, because: 'boot' | 'switch') => void;
}): ShellPorts['serve'] {
  /** Numbers the switches; the latest counts. */
  let orders = 0;

  function swap(release: Release | null, because: 'boot' | 'switch'): void {
    beforeSwap();
    const hash = release?.hash ?? null;
    lives.keep(hash, release === null ? BUILT_IN : documentFor(release.content, environment), undefined);
    lives.swap(hash);
    swapped(hash, because);
  }

  return {
    get current() {
      return lives.current;
    },
    get stretches() {
      return lives.stretches;
    },
    settle: lives.settle,
    overtake() {
      orders += 1;
    },
    switchTo(release, done) {
      const mine = ++orders;
      const coming = behaviourOf(release?.hash ?? null);
      if (!isUp()) {
        soon(chance.between(20, 200) * slowness(), () => {
          if (mine !== orders) return;
          if (coming.crashesAtBoot) return die();
          swap(release, 'boot');
          done();
        });
        return;
      }
      if (behaviourOf(lives.current?.hash ?? null).wayBackHangs || coming.switching === 'hangs') return;
      soon(chance.between(1, 30) * slowness(), () => {
        if (mine !== orders) return;
        if (coming.switching === 'fails') return done(new Error('it cannot be applied'));
        swap(release, 'switch');
        done();
      });
    },
  };
}
