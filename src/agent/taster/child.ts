import { writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import type { TSchema } from 'typebox';
import { type ConfigKind, check } from '../../config/check/check.ts';
import { fitOf } from '../../config/check/shape.ts';
import { documentFor } from '../../config/overlay.ts';
import { monotonicMs } from '../thread/monotonic.ts';
import {
  type BadValue,
  type Course,
  MOST_WARNINGS,
  type Taste,
  type Verdict,
  WARNING_CHARS,
} from './verdict.ts';

/**
 * The taster's process: `node child.ts MODULE_URL`. Reads a course from stdin, checks and tastes it with the
 * service's module, writes one verdict to descriptor 3, and waits to be ended.
 */
const VERDICT_FD = 3;
const MAX_TEXT = 1_000;

interface TasterModule {
  kind: ConfigKind;
  taste: Taste<TSchema>;
}

async function verdictOn(course: Course, moduleUrl: string): Promise<Verdict> {
  const module: unknown = await import(moduleUrl);
  if (!isTasterModule(module)) return { ok: false, cause: `${moduleUrl} does not export kind and taste` };
  const { kind, taste } = module;
  // A way back was served with, by an earlier version perhaps, whose bounds were wider (R6).
  const isBack = course.purpose === 'way back';
  const [problem] = isBack ? [] : check(kind, course.content);
  if (problem !== undefined) {
    return { ok: false, key: problem.path, cause: `${problem.reason}; ${problem.advice}` };
  }
  const fit = fitOf(kind.schema, documentFor(course.content, course.environment));
  if (fit === undefined) return { ok: false, cause: 'the document fails its own schema' };
  const served = course.served && fitOf(kind.schema, documentFor(course.served, course.environment));
  const warnings: BadValue[] = [];
  const bad = await taste(fit.document, {
    purpose: course.purpose,
    environment: course.environment,
    // One of another shape is compared with nothing.
    ...(served === undefined ? {} : { served: served.document }),
    warn({ key, cause }) {
      if (warnings.length >= MOST_WARNINGS) return;
      warnings.push({ key: key.slice(0, WARNING_CHARS.key), cause: cause.slice(0, WARNING_CHARS.cause) });
    },
    signal: AbortSignal.timeout(Math.max(0, Math.round(course.tasteBy - monotonicMs()))),
  });
  if (bad !== undefined) return { ok: false, ...bad };
  return warnings.length === 0 ? { ok: true } : { ok: true, warnings };
}

function isTasterModule(module: unknown): module is TasterModule {
  return (
    typeof module === 'object' &&
    module !== null &&
    'kind' in module &&
    'taste' in module &&
    typeof module.taste === 'function'
  );
}

function say(verdict: Verdict): void {
  const short = verdict.ok
    ? verdict
    : { ...verdict, cause: verdict.cause.slice(0, MAX_TEXT), key: verdict.key?.slice(0, MAX_TEXT) };
  writeSync(VERDICT_FD, `${JSON.stringify(short)}\n`);
}

/** On a thread of its own: the taste may block this one. */
function endAfter(ms: number): void {
  const end = `setTimeout(() => process.kill(-process.pid, 'SIGKILL'), ${Math.ceil(ms)})`;
  new Worker(end, { eval: true }).unref();
}

const [moduleUrl = ''] = process.argv.slice(2);
const course: Course = JSON.parse(await text(process.stdin));
endAfter(course.endMs);
// Neither a taste that waits for nothing nor a verdict ends this process: the parent does, with what it has
// started.
setInterval(() => {}, 60_000);
try {
  say(await verdictOn(course, moduleUrl));
} catch (error) {
  say({ ok: false, cause: error instanceof Error ? error.message : String(error) });
}
