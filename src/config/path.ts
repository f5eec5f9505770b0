/** Where a value stands in a document: keys and array indexes from the root. */
export type Path = readonly (string | number)[];

/** `auth.servers[0]`; a key that is not a plain identifier is quoted: `tariffs["2026-11"]`. */
export function pathText(path: Path): string {
  return path
    .map((step, depth) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return depth === 0 ? step : `.${step}`;
    })
    .join('');
}

/** The keys of a JSON pointer (RFC 6901), as validators give them. */
export function pointerKeys(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
