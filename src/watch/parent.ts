/**
 * The process that started this one, over Node's channel, where there is one. Its messages are those that a
 * supervisor of any process expects; they are written again here, because the watch shares no code with what
 * it watches.
 */
export interface Parent {
  ready(port: number): void;
  /** What to do before the process ends: asked to by a message or a signal. */
  onStop(work: () => Promise<void>): void;
  /**
   * For how long it goes on when the parent is gone without a word, ms; 0: it ends at once, as before it is
   * said.
   */
  onLeft(outliveMs: () => number): void;
}

const HEARTBEAT_MS = 100;
/** A stop takes no longer, whatever hangs. */
const STOP_MS = 5_000;

export function connectToParent(): Parent {
  let work: () => Promise<void> = async () => {};
  let outliveMs = () => 0;
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), STOP_MS);
    work().then(
      () => process.exit(0),
      (error) => {
        process.stderr.write(`${error}\n`);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  const send = (message: object, written: () => void = () => {}) => {
    if (process.connected) process.send?.(message, written);
  };
  if (process.send !== undefined) {
    process.on('message', (message) => {
      if ((Object(message) as { type?: unknown }).type === 'stop' && !stopping) stop();
    });
    process.on('disconnect', () => {
      if (stopping) return;
      const ms = outliveMs();
      if (ms === 0) return stop();
      // Who read its output may be gone too.
      process.stderr.on('error', () => {});
      process.stderr.write(`The supervisor is gone without a word: the watch goes on for ${ms} ms.\n`);
      setTimeout(() => !stopping && stop(), ms);
    });
    let written = true;
    setInterval(() => {
      if (!written) return;
      written = false;
      send({ type: 'heartbeat' }, () => {
        written = true;
      });
    }, HEARTBEAT_MS).unref();
  }
  return {
    ready: (port) => send({ type: 'ready', admin: port, direct: null, release: null }),
    onStop(given) {
      work = given;
    },
    onLeft(given) {
      outliveMs = given;
    },
  };
}
