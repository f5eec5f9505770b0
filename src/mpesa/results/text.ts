/** Cents as the vendor writes an amount: `1250.00`, `-1540.00`. */
export function decimal(cents: bigint): string {
  const size = cents < 0n ? -cents : cents;
  return `${cents < 0n ? '-' : ''}${size / 100n}.${String(size % 100n).padStart(2, '0')}`;
}

/** As people read it: `Ksh1,250.00`. */
export function ksh(cents: bigint): string {
  const [whole = '', rest] = decimal(cents).split('.');
  return `Ksh${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${rest}`;
}
