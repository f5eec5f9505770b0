import type { Series } from './reading.ts';

/**
 * What is judged together. Few failures a product add up in the service, and one release that fails stands
 * out in its own series: so each reading counts in its service, its product, and its series in full.
 */
export function scopesOf(series: Series): readonly Series[] {
  const { service, product, cell, release } = series;
  const scopes: Series[] = [{ service }];
  if (product !== undefined) scopes.push({ service, product });
  if (cell !== undefined || release !== undefined) scopes.push(series);
  return scopes;
}

export function keyOf({ service, product = '', cell = '', release = '' }: Series): string {
  return `${part(service)}|${part(product)}|${part(cell)}|${part(release)}`;
}

/** A name with a bar of its own is never taken for two. */
const part = (name: string): string =>
  name.includes('|') ? JSON.stringify(name).replaceAll('|', '\\u007c') : name;

/** The wider the scope, the fewer names it has. */
export const width = (series: Series): number =>
  DIMENSIONS.filter((name) => series[name] !== undefined).length;

export const DIMENSIONS = ['product', 'cell', 'release'] as const;

/** All that `inner` counts, `outer` counts too. */
export function contains(outer: Series, inner: Series): boolean {
  return (
    outer.service === inner.service &&
    DIMENSIONS.every((name) => outer[name] === undefined || outer[name] === inner[name])
  );
}

/** In words: `api · stk-push · release 42`. */
export function nameOf({ service, product, cell, release }: Series): string {
  return [
    service,
    ...(product === undefined ? [] : [product]),
    ...(cell === undefined ? [] : [`cell ${cell}`]),
    ...(release === undefined ? [] : [`release ${release}`]),
  ].join(' · ');
}
