import { execFile } from 'node:child_process';
import { platform } from 'node:os';
import { promisify } from 'node:util';
import { Deadline } from '../../platform/deadline.ts';
import { lookUntil } from '../../platform/loop/look-until.ts';
import { processIds, processStat, readOfProcess } from '../../platform/proc.ts';

export interface RunningProcess {
  pid: number;
  /** Its command line, the words joined by spaces. */
  args: string;
}

/**
 * The processes of this machine that we may see. Linux tells by files, so that no `ps` needs to be installed.
 */
export async function processTable(): Promise<RunningProcess[]> {
  if (platform() === 'linux') {
    return processIds()
      .map(linuxProcess)
      .filter((one) => one !== undefined);
  }
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,args='], { timeout: 5_000 });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, args] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    return pid === undefined || args === undefined ? [] : [{ pid: Number(pid), args: args.trim() }];
  });
}

const doings: Record<string, string> = {
  R: 'it runs without a pause, as an endless loop does',
  S: 'it waits for something, without its event loop',
  D: 'it waits for a disk',
  T: 'it was stopped by a signal',
  t: 'a debugger holds it',
  Z: 'it has ended',
};

/**
 * What a process that does not answer is doing, in words, with where in the kernel its main thread stands.
 */
export function whatItDoes(pid: number | null): string {
  const stat = pid === null ? undefined : processStat(pid);
  if (pid === null || stat === undefined) return NOT_TOLD;
  const frames = kernelFrames(pid);
  return `${doings[stat.state] ?? NOT_TOLD}${frames === '' ? '' : ` (in the kernel: ${frames})`}`;
}

/**
 * The innermost functions, innermost first; without the right to see the stack, the first alone.
 * Empty: it is in its own code.
 */
function kernelFrames(pid: number): string {
  const stack = readOfProcess(pid, 'stack');
  const frames =
    stack === undefined ? [readOfProcess(pid, 'wchan') ?? ''] : stack.split('\n').slice(0, MOST_FRAMES);
  return frames
    .map((frame) => frame.replace(/^\[<\w+>\] /, '').replace(/\+0x.*$/, ''))
    .filter((name) => name !== '' && name !== '0')
    .join(' < ');
}

const MOST_FRAMES = 4;
const LOOK_MS = 30;

const NOT_TOLD = 'what it does is not known';

/**
 * How long, in all, the main thread of a process was ready to run while no CPU took it; `undefined` where the
 * system does not tell. It grows while a process is starved, and stands still while it hangs, sleeps or is
 * stopped.
 */
export function waitedForCpuMs(pid: number | undefined): number | undefined {
  const schedule = pid === undefined ? undefined : readOfProcess(pid, 'schedstat');
  const waitedNs = schedule?.split(' ')[1];
  return waitedNs === undefined ? undefined : Number(waitedNs) / 1e6;
}

/** `undefined`: it ended between the listing and the reading. */
function linuxProcess(pid: number): RunningProcess | undefined {
  const words = readOfProcess(pid, 'cmdline')?.split('\0');
  return words && { pid, args: words.join(' ').trim() };
}

/**
 * Ends the processes that `isOurs` picks, by each signal in turn until none is left. A process is looked up
 * again before each signal: its number may by then belong to a stranger. Returns those that would not end.
 */
export async function endProcesses(
  isOurs: (process: RunningProcess) => boolean,
  signals: readonly (readonly [NodeJS.Signals, waitMs: number])[],
): Promise<RunningProcess[]> {
  const find = async () => (await processTable()).filter(isOurs);
  let left = await find();
  for (const [signal, waitMs] of signals) {
    for (const { pid } of left) sendSignal(pid, signal);
    const look = async () => {
      left = await find();
      return left.length === 0 ? 'none' : undefined;
    };
    await lookUntil(look, { everyMs: LOOK_MS, deadline: Deadline.in(waitMs) });
  }
  return left;
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // Gone since it was looked up: what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
