import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { type AgentMessage, NumberedMessage, wireLimits } from '../../rollout/protocol.ts';
import { createNewestWriter, type Written } from './newest.ts';
import { readSealed, writeSealed } from './sealed-file.ts';

/**
 * What control has not acknowledged yet, on disk, so that what was done without control (an undo, a lease
 * that ran out, a boot) is reported when it is back, even by the next process. A boot alone waits for this
 * disk, and not for long.
 */
export interface Outbox {
  readonly log: string;
  readonly pending: readonly NumberedMessage[];
  add(message: AgentMessage): NumberedMessage;
  /** Everything up to `seq` of this log is stored by control. */
  acknowledge(seq: number): void;
  /** Calls back when everything until now is on disk, or has failed to get there. */
  whenIdle(done: () => void): void;
}

/** With more than these unacknowledged, the oldest go: what matters in the end is the latest. */
const MAX_PENDING = 256;

const Stored = Type.Object({
  log: Type.String(),
  lastSeq: Type.Integer({ minimum: 0 }),
  pending: Type.Array(NumberedMessage, { maxItems: MAX_PENDING }),
});
export interface StoredOutbox {
  readonly log: string;
  readonly lastSeq: number;
  readonly pending: readonly NumberedMessage[];
}

/** `skipped`: why what stood on disk could not be used. */
export async function openOutbox(
  directory: string,
  options: { now: () => number; failed: (error: unknown) => void },
): Promise<{ outbox: Outbox; skipped: string | undefined }> {
  const file = join(directory, 'outbox.json');
  const read = await readSealed(file);
  const stored = read?.ok === true && Value.Check(Stored, read.value) ? read.value : undefined;
  const put = (content: StoredOutbox, done: Written) =>
    void writeSealed(file, content)
      .catch(options.failed)
      .then(() => done());
  return {
    outbox: createOutbox(stored, { now: options.now, newLog: randomUUID, put }),
    skipped: read === undefined || stored !== undefined ? undefined : `outbox.json: ${faultOf(read)}`,
  };
}

/** `stored`: what the process before left; `newLog`: the name of a log where there is none. */
export function createOutbox(
  stored: StoredOutbox | undefined,
  disk: {
    now: () => number;
    newLog: () => string;
    put: (content: StoredOutbox, done: Written) => void;
  },
): Outbox {
  const log = stored?.log ?? disk.newLog();
  // With the time, as beats do: what was said before a power cut, and is not on disk, took numbers that
  // control knows already.
  let lastSeq = Math.max(stored?.lastSeq ?? 0, disk.now());
  let pending: readonly NumberedMessage[] = stored?.pending ?? [];
  const writer = createNewestWriter(disk.put);
  const changed = (): void => writer.write({ log, lastSeq, pending });

  return {
    log,
    get pending() {
      return pending;
    },
    add(message) {
      lastSeq += 1;
      const numbered = { seq: lastSeq, at: disk.now(), message: shortened(message) };
      pending = [...pending, numbered].slice(-MAX_PENDING);
      changed();
      return numbered;
    },
    acknowledge(seq) {
      const left = pending.filter((message) => message.seq > seq);
      if (left.length === pending.length) return;
      pending = left;
      changed();
    },
    whenIdle: writer.whenIdle,
  };
}

function faultOf(read: { ok: boolean; reason?: string }): string {
  return read.reason ?? 'of another form';
}

/** A cause is text of a service's own code: however long it is, the report stays within its limit. */
function shortened(message: AgentMessage): AgentMessage {
  if (!('cause' in message)) return message;
  const cause = message.cause.slice(0, wireLimits.textChars);
  if (message.type !== 'refused' || message.key === undefined) return { ...message, cause };
  return { ...message, cause, key: message.key.slice(0, wireLimits.textChars) };
}
