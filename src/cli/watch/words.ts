import { userInfo } from 'node:os';
import { columns, print, printJson, say, timeText } from '../terminal/terminal.ts';
import { ask, type WatchOptions } from './ask.ts';

interface Said {
  id: string;
  /** Whether it is on the disk of the watch. */
  journalled: boolean;
}

/** A person's word on the status page, until it is over; `auto`: what the machine sees is shown again. */
export async function override(
  component: string,
  state: string,
  { reason, for: minutes, ...options }: WatchOptions & { reason?: string; for: number },
): Promise<void> {
  const by = userInfo().username;
  const path = `/components/${encodeURIComponent(component)}`;
  const done =
    state === 'auto'
      ? await ask<Said>(options, 'POST', `${path}/release`, { by })
      : await ask<Said>(options, 'POST', `${path}/override`, {
          ...{ by, state, reason: reason ?? '', forMs: minutes * 60_000 },
        });
  if (options.json) return printJson(done);
  const until = `${state} for ${minutes} minutes, as your word`;
  print(`${component} is shown as ${state === 'auto' ? 'it is measured' : until}`);
}

interface Shown {
  id: string;
  state: string;
  since: number;
  why: string;
  override: { by: string; reason: string; until: number } | null;
}

export async function listComponents(options: WatchOptions): Promise<void> {
  const { components } = await ask<{ components: Shown[] }>(options, 'GET', '/components');
  if (options.json) return printJson({ components });
  const rows = components.map(({ id, state, since, why, override: word }) => [
    id,
    state,
    wall(since),
    word === null ? why : `${word.by} until ${wall(word.until)}: ${word.reason}`,
  ]);
  print(columns([['COMPONENT', 'STATE', 'SINCE', 'WHY'], ...rows], { spare: [3] }));
}

export async function plan(
  title: string,
  {
    component: components = [],
    text = '',
    from,
    for: minutes,
    ...options
  }: WatchOptions & { component?: string[]; text?: string; from?: number; for: number },
): Promise<void> {
  const begins = from ?? Date.now();
  const body = { by: userInfo().username, title, text, components };
  const to = begins + minutes * 60_000;
  const done = await ask<Said>(options, 'POST', '/planned', { ...body, from: begins, to });
  if (options.json) return printJson(done);
  print(done.id);
  say(
    `It is on the status page: ${wall(begins)} to ${wall(to)}. Take it back: imara watch unplan ${done.id}`,
  );
}

interface Planned {
  id: string;
  title: string;
  components: string[];
  from: number;
  to: number;
}

export async function listPlanned(options: WatchOptions): Promise<void> {
  const { planned } = await ask<{ planned: Planned[] }>(options, 'GET', '/planned');
  if (options.json) return printJson({ planned });
  if (planned.length === 0) return say('No work is planned.');
  const rows = planned.map(({ id, from, to, components, title }) => [
    id,
    wall(from),
    wall(to),
    components.join(', ') || 'all',
    title,
  ]);
  print(columns([['WORK', 'FROM', 'TO', 'COMPONENTS', 'TITLE'], ...rows], { spare: [4] }));
}

export async function unplan(id: string, options: WatchOptions): Promise<void> {
  const done = await ask<Said>(options, 'POST', `/planned/${encodeURIComponent(id)}/cancel`, {
    by: userInfo().username,
  });
  if (options.json) return printJson(done);
  print(`${id} is taken back`);
}

const wall = (at: number): string => timeText(new Date(at).toISOString());
