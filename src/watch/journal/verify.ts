import { EMPTY, fault, type Head } from './chain.ts';
import { journalFiles, linesOf } from './files.ts';

export type Verified =
  | { readonly ok: true; readonly rows: number; readonly head: string }
  | {
      readonly ok: false;
      /** The number of the row that is not what was written, by its place. */
      readonly sequence: number;
      readonly file: string;
      readonly line: number;
      readonly reason: string;
    };

/** Recomputes the chain of all files. The first row that is not what was written is named. */
export async function verify(directory: string): Promise<Verified> {
  let head: Head = EMPTY;
  for await (const { file, line, entry } of linesOf(await journalFiles(directory))) {
    const reason = entry === undefined ? 'is no entry' : fault(entry, head);
    if (entry === undefined || reason !== undefined)
      return { ok: false, sequence: head.sequence + 1, file, line, reason: reason ?? '' };
    head = entry;
  }
  return { ok: true, rows: head.sequence, head: head.hash };
}
