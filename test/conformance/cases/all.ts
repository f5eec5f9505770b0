import type { Chapter } from '../case.ts';
import { lookUpCases } from './look-ups.ts';
import { oauthCases } from './oauth.ts';
import { queryCases, stkCases } from './stk.ts';

export const chapters: readonly Chapter[] = [oauthCases, stkCases, queryCases, lookUpCases];
