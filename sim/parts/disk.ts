import type { Chance } from '../chance.ts';
import type { Clock } from './clock.ts';

/**
 * One file, written again beside the old one, synced and renamed into place. What is under way when the
 * process dies is there or not; when the power goes, the last that was renamed may turn out torn, and the one
 * before it is read.
 */
export interface Disk<Content> {
  health: 'well' | 'slow' | 'failing' | 'hanging';
  /** Of several that wait, only the newest is written, as the agent does it. */
  write(content: Content, done: (ok: boolean) => void): void;
  /** What a process that starts now reads; `undefined`: nothing readable. */
  read(): Content | undefined;
  readonly idle: boolean;
  processDied(): void;
  powerLost(): void;
  /** Another disk, with nothing on it. */
  replaced(): void;
  /** A snapshot of some time ago is put in its place. */
  putBack(): void;
}

const KEPT = 3;

export function createDisk<Content>(
  clock: Clock,
  chance: Chance,
  durable: (content: Content) => void,
): Disk<Content> {
  let versions: Content[] = [];
  let next: { content: Content; done: ((ok: boolean) => void)[] } | undefined;
  let writing: Content | undefined;
  let life = 0;
  let health: Disk<Content>['health'] = 'well';
  let hung: (() => void) | undefined;

  const put = (content: Content): void => {
    versions = [content, ...versions].slice(0, KEPT);
    durable(content);
  };
  const begin = (disk: Disk<Content>): void => {
    if (next === undefined || writing !== undefined) return;
    const { content, done } = next;
    next = undefined;
    writing = content;
    const mine = life;
    const go = () =>
      clock.after(disk.health === 'slow' ? chance.wait(1_500) : chance.wait(4), () => {
        if (mine !== life) return;
        writing = undefined;
        const ok = disk.health !== 'failing';
        if (ok) put(content);
        for (const each of done) each(ok);
        begin(disk);
      });
    if (disk.health === 'hanging') hung = go;
    else go();
  };
  return {
    get health() {
      return health;
    },
    /** What hung goes on when it does not hang any more. */
    set health(value) {
      health = value;
      if (value === 'hanging') return;
      hung?.();
      hung = undefined;
    },
    write(content, done) {
      next = { content, done: [...(next?.done ?? []), done] };
      begin(this);
    },
    read: () => versions[0],
    get idle() {
      return writing === undefined && next === undefined;
    },
    processDied() {
      life += 1;
      hung = undefined;
      if (writing !== undefined && chance.happens(0.5)) put(writing);
      writing = undefined;
      next = undefined;
    },
    powerLost() {
      this.processDied();
      if (versions.length > 1 && chance.happens(0.5)) versions = versions.slice(1);
    },
    replaced() {
      this.processDied();
      versions = [];
    },
    putBack() {
      this.processDied();
      versions = versions.slice(-1);
    },
  };
}
