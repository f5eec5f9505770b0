import type { ProductName } from '../../../mpesa/catalogue.ts';
import type { Deadline } from '../../../platform/deadline.ts';
import { isOffered } from '../../document/offered.ts';
import type { Root } from '../../main/run-process.ts';
import { type SyntheticClient, SyntheticFault } from '../../synthetic/client.ts';
import type { Probe } from './probing.ts';

/**
 * A token is fetched and a payment begun in every so manieth step; the others ask what became of the last
 * one. Between changes steps are few, and that every token fails must be seen all the same.
 */
const STEPS = { changing: 10, quiet: 2 };
/** A payment that has no result after this was lost: simulated phones answer within seconds. */
const RESULT_MS = 15_000;
const PAID = '0';

interface Pushed {
  checkout: string;
  at: number;
  paid: boolean;
}

/**
 * Synthetic payments of one instance, a step at a time: a token, a push, then what became of it. Payments are
 * begun only while `changing` says that there is something to judge, so that a quiet system does not fill its
 * books with them. What the release in force switches off is left out: that it is refused is what was asked
 * for.
 */
export function paymentProbe(
  client: SyntheticClient,
  { changing, release }: Pick<Root, 'changing' | 'release'>,
): Probe {
  let step = 0;
  let pushed: Pushed | undefined;
  const offers = (product: ProductName) => isOffered(release().document, product);

  async function begin(deadline: Deadline): Promise<string> {
    if (!offers('oauth')) return 'nothing';
    await client.authenticate(deadline);
    if (!offers('stk')) return 'token';
    if (pushed !== undefined && !changing()) {
      // A token is worth what it is taken for.
      if (offers('stk-query')) await ask(pushed, deadline);
      return 'token';
    }
    pushed = { checkout: await client.push(deadline), at: performance.now(), paid: false };
    return 'payment';
  }

  async function ask(last: Pushed, deadline: Deadline): Promise<string> {
    const code = await client.query(last.checkout, deadline);
    if (code === PAID) last.paid = true;
    else if (code !== undefined) throw new SyntheticFault(`a push ended with result ${code}`, last.checkout);
    else if (!last.paid && performance.now() - last.at > RESULT_MS) {
      throw new SyntheticFault(`a push has no result after ${RESULT_MS} ms`, last.checkout);
    }
    return 'query';
  }

  return async (deadline) => {
    const first =
      step % (changing() ? STEPS.changing : STEPS.quiet) === 0 ||
      pushed === undefined ||
      !offers('stk-query');
    step += 1;
    try {
      return await (first || pushed === undefined ? begin(deadline) : ask(pushed, deadline));
    } catch (error) {
      // The token may be why: another's, or of a secret that was changed.
      step = 0;
      throw error;
    }
  };
}
