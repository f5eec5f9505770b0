import * as crypto from 'node:crypto';

/**
 * A new id that sorts by the time it was made (UUIDv7, RFC 9562), so that tables keep their order of arrival.
 */
export const newId: () => string = crypto.randomUUIDv7 ?? uuidV7;

/** For a Node that has none of its own, such as 22. */
export function uuidV7(): string {
  const bytes = crypto.randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
