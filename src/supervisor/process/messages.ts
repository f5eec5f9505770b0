/** What a process says to its supervisor, over Node's IPC channel. */
export type FromChild = ({ type: 'ready' } & ReadyFacts) | { type: 'heartbeat' };

/** What the supervisor says to a process: end within `withinMs`. */
export type ToChild = { type: 'stop'; withinMs: number };

export interface ReadyFacts {
  /** Port of the process's own admin listener (health, metrics); `null` when it has none. */
  admin: number | null;
  /** Port of the instance's own way into its API, whatever shares the public one; `null` when it has none. */
  direct: number | null;
  /** Id of the configuration release it serves with; `null` for the built-in defaults. */
  release: string | null;
}

/** Parses what came over the channel; `undefined` when it is not ours. */
export function parseFromChild(message: unknown): FromChild | undefined {
  if (!isRecord(message)) return undefined;
  if (message.type === 'heartbeat') return { type: 'heartbeat' };
  if (message.type !== 'ready') return undefined;
  const { admin, direct, release } = message;
  return {
    type: 'ready',
    admin: typeof admin === 'number' ? admin : null,
    direct: typeof direct === 'number' ? direct : null,
    release: typeof release === 'string' ? release : null,
  };
}

/** Parses what the supervisor sent; `undefined` when it is not ours. */
export function parseToChild(message: unknown): ToChild | undefined {
  if (!isRecord(message) || message.type !== 'stop' || typeof message.withinMs !== 'number') return undefined;
  return { type: 'stop', withinMs: message.withinMs };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
