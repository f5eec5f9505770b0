import type { Entry } from './types.ts';

const MAX_TRANSFERS = 16;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What no caller may send, whatever its input: a bug, so an exception. */
export function assertWellFormed({ transfers }: Entry): void {
  if (transfers.length > MAX_TRANSFERS)
    throw new RangeError(`an entry has at most ${MAX_TRANSFERS} transfers`);
  for (const transfer of transfers) {
    assertUuid(transfer.id);
    if (transfer.kind === 'post' || transfer.kind === 'void') assertUuid(transfer.pendingId);
    if (transfer.kind === 'reversal') assertUuid(transfer.reversesId);
  }
}

function assertUuid(id: string): void {
  if (!UUID.test(id)) throw new TypeError(`a transfer id must be a UUID in lower case, and is "${id}"`);
}
