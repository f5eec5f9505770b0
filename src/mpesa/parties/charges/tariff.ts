import { type Static, Type } from 'typebox';
import { builtIn, shillings } from '../../../platform/settings.ts';
import { eatDay } from '../../fields/times/east-africa-time.ts';
import { shillingsToCents } from '../accounts/accounts.ts';

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

/** What an organisation pays for a payment, as published from a day on; nothing before the first day. */
export const datedTariff = (description: string) =>
  builtIn(
    [],
    Type.Array(
      Type.Object(
        {
          from: Type.String({
            maxLength: 10,
            pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$',
            description: 'First day in East Africa, `YYYY-MM-DD`.',
          }),
          bands: tariff('Charges by the amount: the first band that reaches it.'),
        },
        { additionalProperties: false },
      ),
      { description, maxItems: 20 },
    ),
  );

export type DatedTariff = Static<ReturnType<typeof datedTariff>>;

/** The charge on a day: by the tariff that began last, in whatever order they are written. */
export function chargeOn(atMs: number, amountCents: bigint, tariffs: DatedTariff): bigint {
  const day = eatDay(atMs);
  const inForce = tariffs
    .filter(({ from }) => from <= day)
    .reduce<DatedTariff[number] | undefined>(
      (newest, each) => (newest === undefined || each.from >= newest.from ? each : newest),
      undefined,
    );
  return chargeOf(amountCents, inForce?.bands ?? []);
}
