/** The one of `values` that was probably meant; `undefined` when none is near. */
export function nearest(word: string, values: readonly string[]): string | undefined {
  let best: string | undefined;
  // A third of a word may be wrong, and always two letters that changed places.
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const value of values) {
    const distance = editDistance(word.toLowerCase(), value.toLowerCase());
    if (distance < least && distance < value.length) [best, least] = [value, distance];
  }
  return best;
}

/** `It is one of a, b, c. Did you mean b?` */
export function oneOfText(word: string, values: readonly string[]): string {
  const near = nearest(word, values);
  return `It is one of ${values.join(', ')}.${near === undefined ? '' : ` Did you mean ${near}?`}`;
}

/** Letters to put in, take out or replace (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
