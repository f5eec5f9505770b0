import { extname } from 'node:path';

/**
 * The module beside the one that asks (`import.meta.url`), by its name without an extension: `.ts` in a
 * clone, `.js` in the packed form. For what is started by its path, a thread or a process; the compiler
 * renames imports alone.
 */
export function sibling(asking: string, name: string): URL {
  return new URL(`./${name}${extname(asking)}`, asking);
}
