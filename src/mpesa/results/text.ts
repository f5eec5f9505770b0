/** Shillings as texts to phones write them: `Ksh1,250.00`. */
export function ksh(cents: bigint): string {
  const [whole = '', rest] = decimal(cents).split('.');
  return `Ksh${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${rest}`;
}

/** Cents as the vendor writes an amount: `1250.00`, `-1540.00`. */
export function decimal(cents: bigint): string {
  const size = cents < 0n ? -cents : cents;
  return `${cents < 0n ? '-' : ''}${size / 100n}.${String(size % 100n).padStart(2, '0')}`;
}

/** `{Amount={CurrencyCode=KES, MinimumAmount=618683, BasicAmount=6186.83}}`: the middle one is cents. */
export function amountText(cents: bigint): string {
  return `{Amount={CurrencyCode=KES, MinimumAmount=${cents}, BasicAmount=${decimal(cents)}}}`;
}

/** `Fee For B2C Payment|KES|22.40`; empty where it cost nothing. */
export function chargeText(what: string, cents: bigint): string {
  return cents === 0n ? '' : `Fee For ${what} Payment|KES|${decimal(cents)}`;
}

/** `Utility Account|KES|9810.00|9810.00|0.00|0.00`: an account just after a payment. */
export function accountAfter(name: string, afterCents: bigint): string {
  const after = decimal(afterCents);
  return [name, 'KES', after, after, '0.00', '0.00'].join('|');
}
