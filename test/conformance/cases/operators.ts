import type { Chapter } from '../case.ts';

const ABORTED =
  'argo-rollouts#2048, #1774: after an abort a good release travels at once; one in force that fails is repaired';

/** Reports about other systems of rollouts, tried on this one. */
export const operatorCases: Chapter = {
  title: 'Operators: rollouts elsewhere that went wrong',
  cases: [
    {
      asked: 'a bad release is aborted; a good one is pushed',
      answer: 'the good one travels at once',
      source: 'argo-rollouts#2048',
      taken: 'a push is refused ("wait for its end") while instances go back, about a second',
      tests: [ABORTED],
    },
    {
      asked: 'the release in force is itself failing; a repair is pushed',
      answer: 'the repair may proceed',
      source: 'argo-rollouts#1774',
      tests: [ABORTED],
    },
    {
      asked: 'abort while the rollout waits for a person',
      answer: 'it goes back and does not start again by itself',
      source: 'argo-rollouts#1152',
      tests: [
        'argo-rollouts#1152: aborted while it waits for a person, a rollout goes back and does not start again',
      ],
    },
    {
      asked: 'push, automatic way back, push the same content again',
      answer: 'a clear answer: held until lifted, or a new try; never ignored',
      source: 'flagger#862',
      taken: 'a new try',
      tests: [
        'flagger#862: the same content again after an automatic way back is a new try with a clear answer',
      ],
    },
    {
      asked: 'undo while the release is being proved',
      answer: 'it goes back everywhere',
      source: 'flagger#1588',
      tests: ['R6: from every phase, undo tells everybody who may have the release to go back'],
    },
    {
      asked: 'an instance refuses a release; a new instance starts',
      answer: 'it boots on the proved release; the refusal shows',
      source: 'envoy gateway#9198',
      tests: [
        'envoy gateway#9198: an instance refuses a release; a new instance boots on the proved one, and the refusal shows',
      ],
    },
    {
      asked: 'one instance always refuses',
      answer: 'no storm: bounded messages and rows of the journal',
      source: 'go-control-plane#962',
      tests: [
        'R18: a newcomer that refuses what is in force is offered it again, ever more seldom, until it takes it',
        'R18: that goes on for twenty minutes; a person, or a new start of the instance, begins it again',
      ],
    },
    {
      asked: 'an agent is cut off; the history that it missed is gone when it returns',
      answer: 'it learns so and reads everything again',
      source: 'etcd#13822',
      tests: ['R6: who was away while all was undone is told when it is back, whatever was pushed meanwhile'],
    },
    {
      asked: 'the store is restored to an older state',
      answer: 'agents notice and converge; nothing waits for a number that will not come',
      source: 'consul#7939',
      tests: [
        'R18: a store that was put back to before a release takes it from the instances into its books, and goes on',
      ],
    },
    {
      asked: 'control is down, an instance boots',
      answer: 'it serves what it proved',
      source: 'ld-relay 6.1.7',
      tests: ['R4, R5, R7: a release is tasted, lent, proved, and booted from the ring with control gone'],
    },
  ],
};
