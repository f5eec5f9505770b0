/** The known name that was most likely meant; `undefined` when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = plain(name);
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate));
    const near = distance <= Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
    if (near && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { name: candidate, distance };
  }
  return best?.name;
}

/** `known names are a, b; did you mean "a"?`: what to write in place of a name that does not exist. */
export function choicesText(what: string, known: readonly string[], name: unknown): string {
  const choices = known.length === 0 ? `there are no ${what}` : `${what} are ${known.join(', ')}`;
  const meant = typeof name === 'string' ? nearest(name, known) : undefined;
  return meant === undefined ? choices : `did you mean ${meant}? ${choices}`;
}

/**
 * The first character of a name that is no printable ASCII: it may look like another (a Cyrillic `а`) or like
 * nothing at all (a space of no width). Written so that a reader sees which is which.
 */
export function strangeCharacter(text: string): string | undefined {
  const strange = [...text].find((character) => character < ' ' || character > '~');
  if (strange === undefined) return undefined;
  const code = `U+${(strange.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return /[\p{L}\p{N}]/u.test(strange)
    ? `"${strange}" (${code}), which is not the letter it looks like`
    : code;
}

/** Accents and capitals are typing errors like others, not different letters. */
function plain(text: string): string {
  return text.slice(0, 100).normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Letters to change, add, leave out, or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swaps = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = swaps ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(changed, swapped, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
