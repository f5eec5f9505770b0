/**
 * The form of a token: 28 letters and digits, as the vendor's are (clients keep them in columns of 30
 * characters). They hold 166 bits: whose it is, when and for how long it was issued, the generation of keys
 * it belongs to, and an 80-bit code that only a holder of the token secret can make. What that proves, and
 * what not: docs/explanation/auth-client.md.
 */
import { createHmac, hkdfSync } from 'node:crypto';
import { longestTokenLifetimeSeconds } from './wire.ts';

/** What a token says, whether or not its code is right. */
export interface TokenFields {
  /** Of the key set: see `generationOf`. */
  generation: number;
  /** The app's number, as text. */
  appId: string;
  /** Milliseconds since the epoch. */
  issuedAtMs: number;
  lifetimeMinutes: number;
}

export interface ParsedToken extends TokenFields {
  /** The fields as bytes: what the code is made of. */
  signedBytes: Buffer;
  code: Buffer;
  /** Names this token in the list of revoked ones. */
  tokenId: string;
}

export const TOKEN_LENGTH = 28;
/** Numbers of apps are below this. */
export const MAX_APPS = 2 ** 24;
const GENERATION_BITS = 10;
const EPOCH_MS = Date.UTC(2025, 0, 1);

const bits = { generation: GENERATION_BITS, app: 24, issuedAt: 41, lifetime: 11 } as const;
const fieldsBits = BigInt(bits.generation + bits.app + bits.issuedAt + bits.lifetime);
const CODE_BYTES = 10;
const codeBits = BigInt(CODE_BYTES * 8);
const FIELDS_BYTES = 11;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const digitValues = new Map([...DIGITS].map((digit, value) => [digit.charCodeAt(0), value]));
/** Digits that fit a double exactly: most of the arithmetic stays out of `BigInt`. */
const CHUNK = 7;
const CHUNK_SIZE = 62n ** BigInt(CHUNK);

/**
 * Sealed to the secret, the key set's key and the environment: a token of one is worth nothing in another.
 */
export function tokenMacKey(secret: string, keyId: string, issuer: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, keyId, `imara token of ${issuer}`, 32));
}

/**
 * The first bits of a key's id: a token has no room for all of it. Two keys may share it, and both are tried.
 */
export function generationOf(keyId: string): number {
  return Buffer.from(keyId, 'base64url').readUInt16BE(0) >> (16 - GENERATION_BITS);
}

/** Throws on a field that does not fit: it is ours. */
export function makeToken(fields: TokenFields, macKey: Buffer): string {
  const { generation, appId, issuedAtMs, lifetimeMinutes } = fields;
  let packed = 0n;
  const put = (value: number, width: number): void => {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** width) {
      throw new Error(`${value} does not fit into a token`);
    }
    packed = (packed << BigInt(width)) | BigInt(value);
  };
  put(generation, bits.generation);
  put(Number(appId), bits.app);
  put(issuedAtMs - EPOCH_MS, bits.issuedAt);
  put(lifetimeMinutes, bits.lifetime);
  const code = tokenCode(bytesOf(packed, FIELDS_BYTES), macKey);
  return encode((packed << codeBits) | BigInt(`0x${code.toString('hex')}`));
}

/** `undefined`: it has another form. Its code is not looked at. */
export function parseToken(text: string): ParsedToken | undefined {
  const value = decode(text);
  if (value === undefined || value >> (fieldsBits + codeBits) !== 0n) return undefined;
  const fields = value >> codeBits;
  let rest = fields;
  const take = (width: number): number => {
    const taken = Number(BigInt.asUintN(width, rest));
    rest >>= BigInt(width);
    return taken;
  };
  const lifetimeMinutes = take(bits.lifetime);
  const issuedAtMs = take(bits.issuedAt) + EPOCH_MS;
  const appId = String(take(bits.app));
  const generation = take(bits.generation);
  if (lifetimeMinutes * 60 > longestTokenLifetimeSeconds) return undefined;
  const signedBytes = bytesOf(fields, FIELDS_BYTES);
  const code = bytesOf(BigInt.asUintN(Number(codeBits), value), CODE_BYTES);
  return {
    generation,
    appId,
    issuedAtMs,
    lifetimeMinutes,
    signedBytes,
    code,
    tokenId: signedBytes.toString('hex'),
  };
}

/** HMAC-SHA256, its first 80 bits. */
export function tokenCode(signedBytes: Buffer, macKey: Buffer): Buffer {
  return createHmac('sha256', macKey).update(signedBytes).digest().subarray(0, CODE_BYTES);
}

function bytesOf(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
}

function encode(value: bigint): string {
  let text = '';
  for (let rest = value; text.length < TOKEN_LENGTH; rest /= CHUNK_SIZE) {
    let chunk = Number(rest % CHUNK_SIZE);
    for (let at = 0; at < CHUNK; at += 1) {
      text = `${DIGITS[chunk % 62]}${text}`;
      chunk = Math.floor(chunk / 62);
    }
  }
  return text;
}

function decode(text: string): bigint | undefined {
  if (text.length !== TOKEN_LENGTH) return undefined;
  let value = 0n;
  for (let start = 0; start < TOKEN_LENGTH; start += CHUNK) {
    let chunk = 0;
    for (let at = start; at < start + CHUNK; at += 1) {
      const digit = digitValues.get(text.charCodeAt(at));
      if (digit === undefined) return undefined;
      chunk = chunk * 62 + digit;
    }
    value = value * CHUNK_SIZE + BigInt(chunk);
  }
  return value;
}
