import type { Prompt } from '../../../handset/types.ts';
import type { Ending } from '../../results/envelope.ts';
import type { EndedRequest } from '../types.ts';

/** A request with what it ended in. */
export interface Decided {
  readonly request: EndedRequest;
  readonly ending: Ending;
}

/** What a phone is asked for a request. */
export type Question = Pick<Prompt, 'msisdn' | 'text' | 'operatorId'>;

/** How a request goes on: it has ended, a phone is asked first, or neither: the books decide. */
export interface Judged {
  readonly request: EndedRequest;
  readonly ending?: Ending;
  readonly prompt?: Question;
}
