import type { ModeChange } from './supervised.ts';

/** The line for people about a change of a process; `undefined`: none. */
export function changeText(name: string, { from, to, how = 'ended' }: ModeChange): string | undefined {
  if (to === 'crash-looping') return `${name} ${how}: it is in a crash loop, and is tried again`;
  if (to === 'backing-off' && from !== 'starting') return `${name} ${how}: it is started again`;
  if (to === 'stalled') return `${name} is silent: ${how}`;
  if (to === 'ready') return `${name} is ready`;
  return undefined;
}
