import { randomUUIDv7 } from 'node:crypto';

/** A new id that sorts by the time it was made (UUIDv7, RFC 9562), so that tables keep their order of arrival. */
export function newId(): string {
  return randomUUIDv7();
}
