import type { Chapter } from '../case.ts';
import { c2bCases } from './c2b.ts';
import { oauthCases } from './oauth.ts';
import { queryCases, stkCases } from './stk.ts';

export const chapters: readonly Chapter[] = [oauthCases, stkCases, queryCases, c2bCases];
