interface Received {
  receivedAt: number;
}

/** The requests that wait or are served, by the path of their operation. */
export interface ActiveRequests<T extends Received> {
  on(path: string): Set<T>;
  all(): T[];
  /** For the metrics: of each path how many there are, and how long the oldest has been here. */
  summary(nowMs: number): { route: string; active: number; oldestAgeSeconds: number }[];
}

export function createActiveRequests<T extends Received>(): ActiveRequests<T> {
  const active = new Map<string, Set<T>>();
  return {
    on(path) {
      const found = active.get(path);
      if (found !== undefined) return found;
      const made = new Set<T>();
      active.set(path, made);
      return made;
    },
    all: () => [...active.values()].flatMap((requests) => [...requests]),
    summary: (nowMs) =>
      [...active].map(([route, requests]) => {
        const [oldest] = requests;
        const oldestAgeSeconds = oldest === undefined ? 0 : (nowMs - oldest.receivedAt) / 1_000;
        return { route, active: requests.size, oldestAgeSeconds };
      }),
  };
}
