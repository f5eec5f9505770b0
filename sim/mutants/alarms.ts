import { realCores } from '../parts/cores.ts';
import type { Mutant } from './mutant.ts';

const { decide } = realCores;

/** The release in force after its proof. */
export const alarmMutants: readonly Mutant[] = [
  {
    name: 'a control that judges nothing after the proof',
    caughtBy: ['R10 alarm'],
    from: 14,
    late: true,
    cores: {
      ...realCores,
      decide: (situation) => {
        const decided = decide(situation);
        return {
          ...decided,
          judged: { state: { ...decided.judged.state, alarms: [] }, raised: [], cleared: [] },
        };
      },
    },
  },
  {
    name: 'alarms that outlive the release they are about',
    caughtBy: ['R10 alarm'],
    from: 17,
    late: true,
    cores: {
      ...realCores,
      decide: (situation) => {
        const decided = decide(situation);
        const { known } = situation.watching;
        const { state } = decided.judged;
        const left = known !== undefined && known.alarms.length > 0 && known.of.rollout !== state.of.rollout;
        return left
          ? {
              ...decided,
              judged: { state: { ...state, of: known.of, alarms: known.alarms }, raised: [], cleared: [] },
            }
          : decided;
      },
    },
  },
];
