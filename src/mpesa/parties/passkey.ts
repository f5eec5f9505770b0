import { hash, timingSafeEqual } from 'node:crypto';
import { readBase64 } from '../../platform/http/plain-text.ts';

// The passkey that an organisation signs pushes with: only its SHA-256 is stored.

/** Who may sign. */
export interface PasskeyHolder {
  /** `undefined`: it cannot sign requests itself (a till's head office does). */
  passkeySha256: Buffer | undefined;
  /** The passkey before it, which is taken until then. */
  former?: { readonly sha256: Buffer; readonly untilMs: number } | undefined;
}

/** A request's Password, taken apart: `undefined` when it does not hold this short code and timestamp. */
export function passkeyIn(password: string, shortCode: string, timestamp: string): Buffer | undefined {
  const plain = readBase64(password);
  if (plain === undefined) return undefined;
  const end = plain.length - timestamp.length;
  if (end <= shortCode.length) return undefined;
  const agrees =
    plain.toString('latin1', 0, shortCode.length) === shortCode &&
    plain.toString('latin1', end) === timestamp;
  return agrees ? plain.subarray(shortCode.length, end) : undefined;
}

/**
 * The passkey that was right last, in memory alone: hashing it costs a push as much as reading its fields
 * does.
 */
const proved = new WeakMap<PasskeyHolder, Buffer>();

/** Whether `passkey` is the organisation's. Takes the same time whichever byte differs. */
export function isPasskeyOf(organisation: PasskeyHolder, passkey: Buffer, nowMs: number): boolean {
  const known = proved.get(organisation);
  if (known?.length === passkey.length && timingSafeEqual(known, passkey)) return true;
  const { passkeySha256: expected, former } = organisation;
  const given = hash('sha256', passkey, 'buffer');
  if (expected !== undefined && timingSafeEqual(given, expected)) {
    proved.set(organisation, Buffer.from(passkey));
    return true;
  }
  return former !== undefined && nowMs < former.untilMs && timingSafeEqual(given, former.sha256);
}

/** As it is stored. */
export function passkeySha256(passkey: string | undefined): Buffer | null {
  return passkey === undefined ? null : hash('sha256', passkey, 'buffer');
}
