import { type Static, Type } from 'typebox';
import { builtIn, shillings } from '../../platform/settings.ts';
import { shillingsToCents } from './accounts.ts';

/** What a payment costs, by its amount: the first band that reaches it. Empty: nothing. */
export const tariff = (description: string) =>
  builtIn(
    [],
    Type.Array(
      Type.Object(
        {
          upToShillings: shillings('Of the amounts of this band, the largest.'),
          feeCents: Type.Integer({ minimum: 0, maximum: 100_000_00, description: 'Cents.' }),
        },
        { additionalProperties: false },
      ),
      { description, maxItems: 100 },
    ),
  );

export type Tariff = Static<ReturnType<typeof tariff>>;

export function chargeOf(amountCents: bigint, bands: Tariff): bigint {
  const band = bands.find(({ upToShillings }) => amountCents <= shillingsToCents(upToShillings));
  return BigInt(band?.feeCents ?? 0);
}
