import { type Static, Type } from 'typebox';
import type { Finding } from '../../config/check/problem.ts';
import { rolloutBounds as bounds, tooShortIn } from '../../control/leader/rollout-settings.ts';
import { count, flag, milliseconds, section } from '../../platform/settings.ts';

const share = (description: string, [minimum, maximum]: readonly [number, number]) =>
  Type.Number({ description, minimum, maximum });

const evidence = {
  minMs: milliseconds('It lasts at least so long, however good the evidence.', ...bounds.minMs),
  deadlineMs: milliseconds('Without enough evidence by then, the release goes back.', ...bounds.deadlineMs),
  excessBadRate: share(
    'Evidence of health: the share of bad outcomes is not above that of the others by more than this.',
    bounds.excessBadRate,
  ),
};

const maxFailed = count(
  'The most failed payments (95th percentile) that it may be expected to cost if the change is wholly bad; more, and it is not begun.',
  ...bounds.maxFailed,
);

export const rollouts = section(
  {
    approvals: count(
      'People other than the author who must approve; instances insist on their own number.',
      ...bounds.approvals,
    ),
    confirmEachWave: flag("Each wave waits for a person's word as well as for evidence."),
    falseAlarm: share('The accepted chance that a harmless release is rolled back.', bounds.falseAlarm),
    leaseMs: milliseconds(
      'How long the first wave may serve with it unheard; doubles with each wave.',
      ...bounds.leaseMs,
    ),
    heldBackShare: share('Share of the instances that get it last, to compare with.', bounds.heldBackShare),
    firstWave: section(
      { instances: count('Instances in it.', ...bounds.instances), maxFailed, ...evidence },
      'The first instances of production.',
    ),
    laterWaves: section({ maxFailed, ...evidence }, 'Each wave after it, and those held back.'),
    bake: section(
      evidence,
      'When all but those held back have it: longer than any delayed effect known of this configuration.',
    ),
    testMs: milliseconds(
      'For all testing instances to sign that their payments went through.',
      ...bounds.testMs,
    ),
    takeMs: milliseconds('For an instance to take it: verification, taste and switch.', ...bounds.takeMs),
    patienceMs: milliseconds('For people and freezes; then it is given up.', ...bounds.patienceMs),
  },
  'How a change of this document travels. A change travels by what the release before it says, never by its own words.',
);

export function rolloutRelations(settings: Static<typeof rollouts>): Finding[] {
  return tooShortIn(settings).map(
    ({ setting, reason, advice }): Finding => ({ path: ['rollouts', ...setting], reason, advice }),
  );
}
