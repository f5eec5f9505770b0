import { type Static, Type } from 'typebox';
import type { Finding } from '../../config/finding.ts';
import { count, flag, milliseconds, section } from './fields.ts';
import { unless } from './relation.ts';

const DAY_MS = 86_400_000;

const evidence = {
  minMs: milliseconds('It lasts at least so long, however good the evidence.', 0, DAY_MS),
  deadlineMs: milliseconds('Without enough evidence by then, the release goes back.', 10_000, DAY_MS),
  excessBadRate: Type.Number({
    description:
      'Evidence of health: the share of bad outcomes is not above that of the others by more than this.',
    minimum: 0.001,
    maximum: 0.5,
  }),
};

const maxFailed = count(
  'The most failed payments (95th percentile) that it may be expected to cost if the change is wholly bad; more, and it is not begun.',
  1,
  1_000_000,
);

export const rollouts = section(
  {
    approvals: count(
      'People other than the author who must approve; instances insist on their own number.',
      0,
      10,
    ),
    confirmEachWave: flag("Each wave waits for a person's word as well as for evidence."),
    falseAlarm: Type.Number({
      description: 'The accepted chance that a harmless release is rolled back.',
      minimum: 0.0001,
      maximum: 0.1,
    }),
    leaseMs: milliseconds(
      'How long the first wave may serve with it unheard; doubles with each wave.',
      2_000,
      60_000,
    ),
    heldBackShare: Type.Number({
      description: 'Share of the instances that get it last, to compare with.',
      minimum: 0,
      maximum: 0.5,
    }),
    firstWave: section(
      { instances: count('Instances in it.', 1, 1_000), maxFailed, ...evidence },
      'The first instances of production.',
    ),
    laterWaves: section({ maxFailed, ...evidence }, 'Each wave after it, and those held back.'),
    bake: section(
      evidence,
      'When all but those held back have it: longer than any delayed effect known of this configuration.',
    ),
    testMs: milliseconds(
      'For all testing instances to sign that their payments went through.',
      20_000,
      DAY_MS,
    ),
    takeMs: milliseconds('For an instance to take it: verification, taste and switch.', 10_000, 600_000),
    patienceMs: milliseconds('For people and freezes; then it is given up.', 60_000, 7 * DAY_MS),
  },
  'How a change of this document travels. A change travels by what the release before it says, never by its own words.',
);

/** From the end of the shortest stay to the deadline there must be time for a window of evidence. */
const ROOM_MS = 2_000;

export function rolloutRelations(settings: Static<typeof rollouts>): Finding[] {
  const waves = (['firstWave', 'laterWaves', 'bake'] as const).flatMap((wave) => {
    const { minMs, deadlineMs } = settings[wave];
    return unless(minMs + ROOM_MS <= deadlineMs, {
      path: ['rollouts', wave, 'deadlineMs'],
      reason: `is not ${ROOM_MS} ms above minMs (${minMs}): no change would ever pass`,
      advice: 'raise it, or lower minMs',
    });
  });
  return [
    ...waves,
    ...unless(settings.testMs >= settings.takeMs, {
      path: ['rollouts', 'testMs'],
      reason: `is below takeMs (${settings.takeMs}), which testing needs before its payments`,
      advice: 'raise it',
    }),
  ];
}
