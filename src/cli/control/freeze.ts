import { laterThan } from '../argument.ts';
import { exitCodes, Failure } from '../failure.ts';
import { columns, print, printJson, say, timeText } from '../terminal/terminal.ts';
import { type ControlOptions, controlPlane } from './control-plane.ts';

/** No wave is opened until then. Undo is never frozen. */
export async function freeze(options: ControlOptions & { reason?: string; until: string }): Promise<void> {
  const { reason, until, json } = options;
  if (reason === undefined) {
    throw new Failure({
      what: 'A freeze is not made without its reason.',
      fix: "Give it: npx imara freeze --reason 'the end of the month'. Those that hold: npx imara freeze list",
      exitCode: exitCodes.usage,
    });
  }
  const to = new Date(timeOf(until, Date.now())).toISOString();
  const control = await controlPlane(options);
  const made = await control.call('POST /freezes', { body: { to, reason } });
  if (json) return printJson(made);
  print(made.id);
  say(`No wave is opened until ${made.to}; undo works. End it: npx imara unfreeze`);
}

/** Those that hold now or later. */
export async function listFreezes(options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const { freezes } = await control.call('GET /freezes', {});
  if (options.json) return printJson({ freezes });
  if (freezes.length === 0) return say('There is no freeze.');
  const rows = freezes.map(({ id, from, to, person, reason }) => [
    id,
    timeText(from),
    timeText(to),
    person,
    reason,
  ]);
  print(columns([['FREEZE', 'FROM', 'UNTIL', 'BY', 'REASON'], ...rows]));
}

/** Ends one freeze, or all that hold now or later. */
export async function unfreeze(id: string | undefined, options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const { freezes } = await control.call('GET /freezes', {});
  const ended = id === undefined ? freezes : freezes.filter((each) => each.id === id);
  if (id !== undefined && ended.length === 0)
    throw new Failure({ what: `No freeze ${id} holds now or later.`, fix: 'Without an id all are ended.' });
  for (const each of ended) {
    await control.call('DELETE /freezes/:id', { params: { id: each.id } });
  }
  if (options.json) return printJson({ ended });
  if (ended.length === 0) return say('There was no freeze.');
  print(
    columns(ended.map(({ id: each, person, reason, to }) => [each, person, reason, `until ${timeText(to)}`])),
  );
}

/** `90m`, `2h`, `3d` from now, or a time with its zone; ms since the epoch. */
function timeOf(text: string, now: number): number {
  const at = laterThan(now, text);
  if (at !== undefined) return at;
  throw new Failure({
    what: `A freeze cannot last until "${text}".`,
    fix: 'Give 90m, 2h or 3d, or a time to come with its zone: 2030-01-06T08:00:00+03:00.',
    exitCode: exitCodes.usage,
  });
}
