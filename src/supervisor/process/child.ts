import { Deadline, within } from '../../platform/deadline.ts';
import { type FromChild, parseToChild, type ReadyFacts } from './messages.ts';

export type { ReadyFacts } from './messages.ts';

export const HEARTBEAT_MS = 100;
/**
 * For a stop that names no time (a signal, a supervisor that is gone): within the 30 s that Kubernetes gives.
 */
const STOP_MS = 20_000;

export type StopReason = 'asked' | 'signal' | 'supervisor gone';

/** Drains and closes what the process has open; `signal` aborts when the time for it is over. */
export type StopWork = (reason: StopReason, signal: AbortSignal) => Promise<void>;

export interface SupervisorLink {
  /** Says that the process serves. Call it again when a fact changes. */
  ready(facts: ReadyFacts): void;
  /**
   * Says that clients or jobs are taken from now on, though the start goes on: a stop then waits for
   * `onStop`. Before it, a stop ends the process at once, because there is nothing to finish.
   */
  takes(): void;
  /**
   * What to do before the process ends; the process exits by itself when `work` settles or its time is over.
   */
  onStop(work: StopWork): void;
}

/**
 * The process's side of its supervision. Call it first, once. Heartbeats start at once; a stop comes as a
 * message, as SIGTERM or SIGINT, or as the end of the channel (the supervisor was killed): the process then
 * drains and ends with status 0, or 1 when its work failed or ran out of time. A second signal ends it at
 * once. Without a channel (Kubernetes, systemd, a terminal) only the signals remain.
 */
export function connectToSupervisor(): SupervisorLink {
  const given = Promise.withResolvers<StopWork>();
  let taking = false;
  let stopping = false;
  const end: StopWork = async (reason, signal) => {
    if (!taking) return;
    const work = await given.promise;
    await work(reason, signal);
  };

  const stop = (reason: StopReason, withinMs = STOP_MS): void => {
    if (stopping) return;
    stopping = true;
    within(Deadline.in(withinMs), 'stopping', (signal) => end(reason, signal)).then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };

  let signals = 0;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(1);
      stop('signal');
    });
  }
  if (process.send !== undefined) {
    process.on('message', (message) => {
      const parsed = parseToChild(message);
      if (parsed !== undefined) stop('asked', parsed.withinMs);
    });
    process.on('disconnect', () => stop('supervisor gone'));
    beatHeart();
  }

  return {
    ready: (facts) => send({ type: 'ready', ...facts }),
    takes() {
      taking = true;
    },
    onStop(work) {
      taking = true;
      given.resolve(work);
    },
  };
}

/**
 * A supervisor that reads nothing must not make us gather heartbeats: the next waits until the last is
 * written.
 */
function beatHeart(): void {
  let written = true;
  setInterval(() => {
    if (!written) return;
    written = false;
    send({ type: 'heartbeat' }, () => {
      written = true;
    });
  }, HEARTBEAT_MS).unref();
}

/** A message that cannot be sent means that the channel ended, which `disconnect` tells. */
function send(message: FromChild, written: () => void = () => {}): void {
  if (process.connected) process.send?.(message, written);
}
