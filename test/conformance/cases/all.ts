import type { Chapter } from '../case.ts';
import { b2bExpressCases } from './b2b-express.ts';
import { billManagerCases } from './bill-manager.ts';
import { bongaCases } from './bonga.ts';
import { c2bCases } from './c2b.ts';
import { lookUpCases } from './look-ups.ts';
import { oauthCases } from './oauth.ts';
import { openQuestions } from './open-questions.ts';
import { operatorCases } from './operators.ts';
import { payoutCases } from './payouts.ts';
import { pullCases } from './pull.ts';
import { standingOrderCases } from './standing-orders.ts';
import { queryCases, stkCases } from './stk.ts';

export const chapters: readonly Chapter[] = [
  // A line each.
  oauthCases,
  stkCases,
  queryCases,
  c2bCases,
  payoutCases,
  b2bExpressCases,
  bongaCases,
  operatorCases,
  lookUpCases,
  pullCases,
  standingOrderCases,
  billManagerCases,
  openQuestions,
];
