import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../config/canonical.ts';
import { repeat } from '../../platform/loop/repeat.ts';
import { sibling } from '../../platform/sibling.ts';
import type { Reason, Warning } from '../../rollout/instance/state.ts';
import { monotonicMs } from '../thread/monotonic.ts';
import { endProcessGroup, residentBytes, standBack } from './process-group.ts';
import { type Course, parseVerdict, VERDICT_BYTES } from './verdict.ts';

/**
 * R4: the service's own code uses the new document in a process of its own, under a wall-clock deadline and
 * caps on memory and output. Whatever it does there (hang, spin, leak, crash, fork, print) ends with it, and
 * comes out here as a reason. The child and everything it started are killed in every case, success too.
 */
export interface TasterSettings {
  /** `file:` URL of a module that exports `kind` (the `ConfigKind`) and `taste` (`Taste`). */
  readonly module: URL;
  /** Of JavaScript's heap in the child. */
  readonly heapMiB: number;
  /**
   * Of all memory of the child and its children; watched on Linux, where `/proc` tells it, and by `ps`
   * elsewhere.
   */
  readonly residentMiB: number;
  readonly deadlineMs: number;
}

export const defaultTasterLimits = { heapMiB: 256, residentMiB: 512, deadlineMs: 10_000 } as const;

export type Tasted = { ok: true; warnings?: Warning[] } | ({ ok: false } & Reason);

/**
 * The part of the deadline after which the child's own signal aborts, so that it can still say what it waited
 * for.
 */
const NAMED_AT = 0.8;
const LOOK_EVERY_MS = 100;
const MAX_STDERR_BYTES = 1_048_576;
/** Of what the child wrote before it died: enough for a message and a stack. */
const KEPT_STDERR = 2_000;
const CHILD = fileURLToPath(sibling(import.meta.url, 'child'));

/** Tries one document. Never rejects, and settles soon after the deadline or `signal` at the latest. */
export function taste(
  course: Omit<Course, 'tasteBy' | 'endMs'>,
  settings: TasterSettings,
  signal: AbortSignal,
): Promise<Tasted> {
  return new Promise<Tasted>((resolve) => {
    const child = spawn(
      process.execPath,
      [`--max-old-space-size=${settings.heapMiB}`, CHILD, settings.module.href],
      // Of its own group, so that what it starts can be ended with it.
      { stdio: ['pipe', 'ignore', 'pipe', 'pipe'], detached: true },
    );
    if (child.pid !== undefined && course.purpose !== 'switch') standBack(child.pid);
    const { deadlineMs } = settings;
    let settled = false;
    const settle = (tasted: Tasted): void => {
      if (settled) return;
      settled = true;
      clearTimeout(deadline);
      void looking.stop();
      signal.removeEventListener('abort', stopped);
      if (child.pid !== undefined) endProcessGroup(child.pid);
      // There are none when not even the pipes could be made.
      for (const pipe of child.stdio ?? []) pipe?.destroy();
      resolve(tasted);
    };
    const refuse = (cause: string): void => settle({ ok: false, cause });
    const stopped = () => refuse('the taste was called off');

    const deadline = setTimeout(() => {
      refuse(`the taster was not done within ${deadlineMs} ms`);
    }, deadlineMs);
    const looking = watchMemory(child, settings.residentMiB, refuse);
    if (signal.aborted) return stopped();
    signal.addEventListener('abort', stopped);

    const complaints = keepTail(child.stdio[2], refuse);
    readVerdict(child.stdio[3], settle, refuse);
    child.on('error', (error) => refuse(`the taster could not be started: ${error.message}`));
    // `close` comes after the last of its output: a verdict that was written before the end counts.
    child.on('close', (status, by) => refuse(endText(status, by, complaints(), settings)));
    hand(child.stdio[0], {
      ...course,
      tasteBy: monotonicMs() + deadlineMs * NAMED_AT,
      endMs: deadlineMs + 1_000,
    });
  }).catch((error: Error) => ({ ok: false, cause: `the taster could not be started: ${error.message}` }));
}

/**
 * Release and way back, which is what is served with now, side by side (R6); a reason about the release comes
 * first.
 */
export async function tasteBoth(
  environment: string,
  { purpose, release, wayBack }: { purpose: 'release' | 'switch'; release: JsonObject; wayBack: JsonObject },
  settings: TasterSettings,
  signal: AbortSignal,
): Promise<Tasted> {
  // What a switch goes back to is served at this moment, and it is pulled where nobody has a processor to
  // spare.
  if (purpose === 'switch') return taste({ purpose, environment, content: release }, settings, signal);
  const [ahead, back] = await Promise.all([
    taste({ purpose, environment, content: release, served: wayBack }, settings, signal),
    taste({ purpose: 'way back', environment, content: wayBack }, settings, signal),
  ]);
  if (!ahead.ok || back.ok) return ahead;
  return { ...back, cause: `the way back does not work: ${back.cause}` };
}

function watchMemory(child: ChildProcess, residentMiB: number, refuse: (cause: string) => void) {
  const look = async () => {
    const bytes = child.pid === undefined ? 0 : await residentBytes(child.pid);
    if (bytes > residentMiB * 1_048_576) refuse(`the taster took more than ${residentMiB} MiB of memory`);
  };
  return repeat({ work: look, waitMs: () => LOOK_EVERY_MS, firstMs: LOOK_EVERY_MS });
}

function keepTail(output: Readable | Writable | null | undefined, refuse: (cause: string) => void) {
  let tail = '';
  let bytes = 0;
  if (isReadable(output)) {
    output.on('error', () => {});
    output.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      tail = (tail + chunk.toString('utf8')).slice(-KEPT_STDERR);
      if (bytes > MAX_STDERR_BYTES) refuse(`the taster wrote more than ${MAX_STDERR_BYTES} bytes to stderr`);
    });
  }
  return () => tail.trim();
}

function readVerdict(
  pipe: Readable | Writable | null | undefined,
  settle: (tasted: Tasted) => void,
  refuse: (cause: string) => void,
): void {
  if (!isReadable(pipe)) return;
  let text = '';
  pipe.setEncoding('utf8');
  pipe.on('error', () => {});
  pipe.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > VERDICT_BYTES) return refuse('the taster said more than a verdict');
    if (!text.endsWith('\n')) return;
    const verdict = parseVerdict(text);
    if (verdict === undefined) refuse('the taster said something that is no verdict');
    else settle(verdict);
  });
}

function hand(input: Writable | null, course: Course): void {
  // A child that is gone already says so by its end.
  input?.on('error', () => {});
  input?.end(JSON.stringify(course));
}

function endText(
  status: number | null,
  by: NodeJS.Signals | null,
  complaint: string,
  { heapMiB }: TasterSettings,
): string {
  if (complaint.includes('heap out of memory')) return `the taster took more than ${heapMiB} MiB of heap`;
  const end = by === null ? `ended with status ${status}` : `was ended by ${by}`;
  return [`the taster ${end} without a verdict`, complaint].filter((part) => part !== '').join(': ');
}

function isReadable(stream: Readable | Writable | null | undefined): stream is Readable {
  return stream !== null && stream !== undefined && 'read' in stream;
}
