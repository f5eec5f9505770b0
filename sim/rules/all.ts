import { alarmRule } from './alarms.ts';
import { bootRule, failedBootRule } from './boot.ts';
import { leaseRule } from './lease.ts';
import { namedRule } from './named.ts';
import { receiptRule, tasteRule } from './proof.ts';
import { ringRule } from './ring.ts';
import type { Rule, Setup } from './rule.ts';
import { switchRule } from './switch.ts';
import { obeyRule, orderedRule } from './undo.ts';
import { deadlineRule, fenceRule } from './waits.ts';
import { silenceRule, waveRule } from './waves.ts';

export function allRules(setup: Setup): Rule[] {
  return [
    deadlineRule,
    receiptRule,
    waveRule,
    tasteRule,
    leaseRule,
    obeyRule,
    orderedRule,
    namedRule,
    ringRule,
    bootRule,
    failedBootRule,
    silenceRule,
    switchRule,
    fenceRule,
    alarmRule,
  ].map((make) => make(setup));
}
