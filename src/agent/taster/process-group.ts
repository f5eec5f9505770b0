import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { processIds, processStat, readOfProcess } from '../../platform/proc.ts';

/** A process with what it started, and what those started. */
interface Relative {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

const NICE = 5;

/** What serves goes before what tastes: for the processor, and when the machine runs out of memory. */
export function standBack(pid: number): void {
  try {
    setPriority(pid, NICE);
    if (process.platform === 'linux') writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // Gone already, or not allowed here: the caps hold all the same.
  }
}

/** Memory of the process and its family, in bytes; 0 when it cannot be read. */
export async function residentBytes(pid: number): Promise<number> {
  if (process.platform !== 'linux') return residentByPs(pid);
  return familyOf(pid).reduce((sum, member) => sum + residentOf(member), 0);
}

/** Kills the process, its group, and every descendant that left the group. */
export function endProcessGroup(pid: number): void {
  const family = process.platform === 'linux' ? familyOf(pid) : [];
  for (const each of [-pid, pid, ...family]) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // Gone already: what was wanted.
    }
  }
}

function familyOf(pid: number): number[] {
  const all = processes();
  const family = new Set(
    all.filter((each) => each.pid === pid || each.group === pid).map((each) => each.pid),
  );
  for (let before = -1; before !== family.size; ) {
    before = family.size;
    for (const each of all) if (family.has(each.parent)) family.add(each.pid);
  }
  return [...family];
}

/** None where `/proc` is not mounted: then the heap cap and the deadline hold alone. */
function processes(): Relative[] {
  return processIds().flatMap((pid) => {
    const stat = processStat(pid);
    return stat === undefined ? [] : [{ pid, ...stat }];
  });
}

function residentOf(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB/m.exec(readOfProcess(pid, 'status') ?? '') ?? [];
  return Number(kibibytes ?? 0) * 1_024;
}

function residentByPs(group: number): Promise<number> {
  return new Promise((resolve) => {
    execFile('ps', ['-A', '-o', 'pgid=,rss='], { timeout: 2_000 }, (_, stdout) => {
      const lines = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
      const own = lines.filter(([pgid]) => pgid === group);
      resolve(own.reduce((sum, [, kibibytes = 0]) => sum + kibibytes * 1_024, 0));
    });
  });
}
