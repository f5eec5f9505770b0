import { readdirSync, readFileSync } from 'node:fs';

/**
 * What Linux tells of processes in `/proc`. Ours: what npm has for it starts `ps`, or asks for everything at
 * once.
 */
export interface ProcessStat {
  /** `R`, `S`, `D`, `T`, `t` or `Z`, see proc_pid_stat(5). */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
}

/** The numbers of all processes that we may see; none where there is no `/proc`. */
export function processIds(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** `undefined`: not Linux, not allowed, or the process has ended. */
export function readOfProcess(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

/** `undefined`: not Linux, or the process has ended. */
export function processStat(pid: number): ProcessStat | undefined {
  const text = readOfProcess(pid, 'stat');
  if (text === undefined) return undefined;
  // After the command's name, in parentheses, which may hold anything.
  const [state = '', parent, group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state, parent: Number(parent), group: Number(group) };
}
