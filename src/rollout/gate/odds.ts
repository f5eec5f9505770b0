/**
 * By how much the odds that a bad event is an exposed one may be raised: the bets of the mixture, equally
 * weighted.
 */
export const ODDS: readonly number[] = [2, 4, 8, 16, 32, 64, 128, 256];

/**
 * The chance that a bad event comes from an exposed instance when these are at most `r0` times as bad as the
 * control, given their share of the traffic.
 */
export function nullChance(share: number, r0: number): number {
  return (r0 * share) / (1 - share + r0 * share);
}

/**
 * ln of Π θ^x / (1 − q + θq) over `exposed + control` bad events whose null chance of being exposed is `q`.
 */
export function logBet(odds: number, q: number, exposed: number, control: number): number {
  return exposed * Math.log(odds) - (exposed + control) * Math.log1p((odds - 1) * q);
}

/**
 * What part of the traffic that should come back the exposed instances may have lost: the bets on a shortage.
 */
export const KEPT: readonly number[] = [0.5, 0.2, 0.05, 0.01];

/**
 * ln of Π φ^y / (φρ + 1 − ρ) over the completions of a window; a full stall gives 1 / (1 − ρ) for each of
 * control's.
 */
export function logShortageBet(kept: number, share: number, exposed: number, control: number): number {
  return exposed * Math.log(kept) - (exposed + control) * Math.log1p((kept - 1) * share);
}
