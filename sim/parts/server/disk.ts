import type { Chance } from '../../chance.ts';
import type { Clock } from '../clock.ts';

/**
 * One file, written again beside the old one, synced and renamed into place. What is under way when the
 * process dies is there or not; when the power goes, the last that was renamed may turn out torn, and the one
 * before it is read.
 */
export interface Disk<Content> {
  health: 'well' | 'slow' | 'failing' | 'hanging';
  /** One at a time, as the agent does it. */
  write(content: Content, done: (ok: boolean) => void): void;
  /** What a process that starts now reads; `undefined`: nothing readable. */
  read(): Content | undefined;
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
  let writing: { readonly content: Content } | undefined;
  let life = 0;
  let health: Disk<Content>['health'] = 'well';
  let hung: (() => void) | undefined;

  const put = (content: Content): void => {
    versions = [content, ...versions].slice(0, KEPT);
    durable(content);
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
      if (writing !== undefined) throw new Error('two writes at once');
      writing = { content };
      const mine = life;
      const go = () =>
        clock.after(health === 'slow' ? chance.wait(1_500) : chance.wait(4), () => {
          if (mine !== life) return;
          writing = undefined;
          const ok = health !== 'failing';
          if (ok) put(content);
          done(ok);
        });
      if (health === 'hanging') hung = go;
      else go();
    },
    read: () => versions[0],
    processDied() {
      life += 1;
      hung = undefined;
      if (writing !== undefined && chance.happens(0.5)) put(writing.content);
      writing = undefined;
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
