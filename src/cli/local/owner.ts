import { relative } from 'node:path';
import type { Home } from '../../supervisor/home/home.ts';
import type { SavedState } from '../../supervisor/local-api.ts';
import { Failure } from '../failure.ts';

/** Whose home this is: what runs in it, started where. */
export function ownerText(home: Home, { supervisor, status }: SavedState): string {
  const { pid, folder, portBase } = supervisor;
  const from = folder === undefined ? '' : `, started in ${folder}`;
  const ports = portBase === undefined ? '' : `, ports ${portBase} and up`;
  return `${home.directory} is that of process ${pid}${from}${ports}${status.api ? ` (API ${status.api})` : ''}`;
}

/**
 * `up` that names other ports than the Imara that has this home: it can have neither these ports nor this
 * home.
 */
export function otherPorts(home: Home, state: SavedState, wanted: number): Failure {
  return new Failure({
    what: `Imara is up already in this home, on other ports than ${wanted}.`,
    why: `${ownerText(home, state)}.`,
    fix: 'Two at once need a home each: `IMARA_HOME=DIRECTORY npx imara up`. Or stop that one with `npx imara down`.',
  });
}

/** `down` from a folder that has nothing to do with the one it was started in. */
export function otherFolder(home: Home, state: SavedState): Failure {
  return new Failure({
    what: 'This Imara was started from another folder; nothing was stopped.',
    why: `${ownerText(home, state)}.`,
    fix: 'Unset IMARA_HOME, or let it name a home of your own. If it is this one that you mean: `npx imara down --force`.',
  });
}

/** Whether it is that folder, or below it. */
export function isWithin(folder: string, above: string): boolean {
  return !relative(above, folder).startsWith('..');
}
