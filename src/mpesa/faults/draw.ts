import { createHash } from 'node:crypto';

/**
 * In [0, 1), the same each time it is drawn with the same facts, on any machine: which requests a fault with
 * a chance hits follows from its seed and its name, and from their number or their content.
 */
export function draw(...facts: readonly (string | number)[]): number {
  const digest = createHash('sha256').update(facts.join('\n')).digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}
