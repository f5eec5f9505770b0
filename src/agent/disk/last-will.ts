import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { readSealed, writeSealedNow } from './sealed-file.ts';

/**
 * What the next boot must know of a process that was ended because its event loop no longer moved: the undo
 * it did not take up (R6), or the lease that ran out meanwhile (R5).
 */
const LastWill = Type.Union([
  Type.Object({
    type: Type.Literal('undo'),
    rollout: Type.Union([Type.String(), Type.Null()]),
    from: Type.String(),
    to: Type.Union([Type.String(), Type.Null()]),
    /** Who ordered it over the local socket; `null`: control did. */
    by: Type.Union([Type.String(), Type.Null()]),
    order: Type.Optional(Type.String()),
  }),
  Type.Object({ type: Type.Literal('lease_lost'), rollout: Type.String(), hash: Type.String() }),
]);
export type LastWill = Static<typeof LastWill>;

export function leaveWill(directory: string, will: LastWill): void {
  writeSealedNow(fileIn(directory), will);
}

/** `undefined`: there is none, or none that can be read. */
export async function readWill(directory: string): Promise<LastWill | undefined> {
  const read = await readSealed(fileIn(directory));
  return read?.ok === true && Value.Check(LastWill, read.value) ? read.value : undefined;
}

/** Once what it says is in the instance's memory. */
export async function removeWill(directory: string): Promise<void> {
  await rm(fileIn(directory), { force: true });
}

function fileIn(directory: string): string {
  return join(directory, 'last-will.json');
}
