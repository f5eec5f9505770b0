/**
 * Keeps one merchant from holding a product: while the product is more than half used, an app may hold its
 * even share, or `share` of the limit when that is more. An app that is alone may hold all of it.
 */
export function mayEnter(
  { ofApp, apps, inFlight, limit }: { ofApp: number; apps: number; inFlight: number; limit: number },
  share: number,
): boolean {
  if (inFlight * 2 < limit || apps <= 1) return true;
  return ofApp < Math.max(1, limit * Math.max(share, 1 / apps));
}

/**
 * Requests in flight by app. An app is in the map only while it has one: the map is as small as what is in
 * flight.
 */
export interface AppCounts {
  readonly apps: number;
  of(appId: string): number;
  add(appId: string): void;
  remove(appId: string): void;
}

export function createAppCounts(): AppCounts {
  const counts = new Map<string, number>();
  const of = (appId: string) => counts.get(appId) ?? 0;
  return {
    get apps() {
      return counts.size;
    },
    of,
    add: (appId) => void counts.set(appId, of(appId) + 1),
    remove(appId) {
      const left = of(appId) - 1;
      if (left > 0) counts.set(appId, left);
      else counts.delete(appId);
    },
  };
}
