import { smsCompanion } from '../../../handset/sms.ts';
import { eatSms } from '../../fields/times/east-africa-time.ts';
import { subscriberOf } from '../../parties/subscribers.ts';
import type { Asks, Context, Payment } from '../../requests/settlement/product.ts';
import type { EndedRequest, PayingRequest } from '../../requests/types.ts';
import type { Result } from '../../results/codes.ts';
import { ksh } from '../../results/text.ts';
import { transfer, transferRefusal } from '../b2b/pay.ts';
import { b2bExpressResults, ofOutcome } from './results.ts';
import type { B2bExpressSettings } from './settings.ts';

/** Why the merchant is not even asked. */
export async function expressRefusal(
  request: EndedRequest,
  context: Context<B2bExpressSettings>,
): Promise<Result | undefined> {
  const payer = await context.party(request.shortCode);
  if (payer === undefined) return b2bExpressResults.noPayer;
  if (payer.kind !== 'till') return b2bExpressResults.notPermitted;
  return transferRefusal(request, context);
}

/** The merchant's own phone asks for its operator and the PIN. */
export const expressAsks: Asks<B2bExpressSettings> = {
  async prompt({ shortCode, details }, { party }) {
    const payer = await party(shortCode);
    if (payer?.nominatedNumber == null || payer.operatorId === null)
      return b2bExpressResults.noNominatedNumber;
    const { nominatedNumber: msisdn, operatorId, name } = payer;
    if (!subscriberOf(msisdn).registered) return b2bExpressResults.kycFail;
    const { amountCents = '0', AccountReference = '', partnerName = '' } = details;
    const what = `${ksh(BigInt(amountCents))} to ${partnerName} account ${AccountReference} from ${name}`;
    return { msisdn, operatorId, text: `Do you want to pay ${what}? Enter Operator ID and M-PESA PIN:` };
  },
  lifetimeMs: ({ b2bExpress }) => b2bExpress.promptLifetimeMs,
  refused: ofOutcome,
};

/** As every payment from till to pay bill; the phone that said yes gets a text. */
export async function expressPayment(
  request: PayingRequest,
  context: Context<B2bExpressSettings>,
): Promise<Payment> {
  const payment = await transfer(request, context);
  const payer = await context.party(request.shortCode);
  const msisdn = payer?.nominatedNumber;
  if (msisdn == null) return payment;
  const { at } = context;
  const { amountCents, credit } = payment.transaction;
  const { AccountReference = '' } = request.details;
  const paid = `${ksh(amountCents)} sent to ${credit.name} for account ${AccountReference} from till ${request.shortCode}`;
  const text = `${request.receipt} Confirmed. ${paid} on ${eatSms(at.getTime())}`;
  return { ...payment, companions: () => [smsCompanion({ id: request.id, msisdn, text, at })] };
}
