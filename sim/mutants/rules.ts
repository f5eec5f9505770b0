import { realCores } from '../parts/cores.ts';
import type { Mutant } from './mutant.ts';

const { policyFor } = realCores;

/** The rules by which changes travel, and what changes them. */
export const rulesMutants: readonly Mutant[] = [
  {
    name: 'a control that takes any rules',
    caughtBy: ['rules'],
    rules: true,
    from: 11,
    cores: { ...realCores, obstaclesOf: () => [] },
  },
  {
    name: 'a repair of the rules that travels by the rules in force',
    caughtBy: ['rules'],
    rules: true,
    cores: { ...realCores, policyFor: (inForce) => inForce },
  },
  {
    name: 'a repair of the rules that asks for more people than there are',
    caughtBy: ['rules'],
    from: 8,
    rules: true,
    cores: {
      ...realCores,
      policyFor: (inForce, ...rest) => ({ ...policyFor(inForce, ...rest), people: inForce.people }),
    },
  },
  {
    name: 'a repair of the rules that one person approves, however many the rules ask for',
    caughtBy: ['R3'],
    from: 8,
    rules: true,
    cores: {
      ...realCores,
      policyFor: (inForce, usual, what, approvers) =>
        policyFor(inForce, usual, what, what.onlyRules ? 1 : approvers),
    },
  },
];
