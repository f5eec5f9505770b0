import type { Interference } from '../../delivery/interference.ts';
import type { Product } from '../api/define-product.ts';
import type { Hit } from './book.ts';
import type { PlannedFault } from './planned.ts';
import { milliseconds } from './rule.ts';

const HELD_MS = 5_000;

/** What a fault that lets its request be taken makes of it, and of its callback. */
export function planOf({ fault, turn = 0 }: Hit, results: Product['results'] = {}): Plan {
  const { name, do: effects } = fault.rule;
  const { result, resultAfter, queueTimeout, processing, callback, callbackAfter } = effects;
  const found = Object.values(results).find(({ code }) => String(code) === String(result));
  const ms = (duration: string | undefined) => (duration === undefined ? 0 : milliseconds(duration));
  const isHeld = callback === 'out-of-order' && turn % 2 === 1;
  const delayMs =
    callback === 'out-of-order' ? (isHeld ? ms(callbackAfter) || HELD_MS : 0) : ms(callbackAfter);
  const interferes = callback === 'lost' || callback === 'duplicate' || delayMs > 0;
  return {
    request: {
      fault: name,
      ...(found && {
        result: { code: found.code, callback: found.callback, query: found.query ?? found.callback },
      }),
      ...(resultAfter !== undefined && { resultAfterMs: ms(resultAfter) }),
      ...(queueTimeout && { queueTimeout }),
      ...(processing !== undefined && { processingMs: ms(processing) }),
    },
    callback: interferes
      ? { fault: name, lost: callback === 'lost', copies: callback === 'duplicate' ? 1 : 0, delayMs }
      : undefined,
    early: callback === 'early',
  };
}

export interface Plan {
  readonly request: PlannedFault;
  readonly callback: Interference | undefined;
  /** The acknowledgement waits for the callback. */
  readonly early: boolean;
}
