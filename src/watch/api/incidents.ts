import { viewOf } from '../incident/view.ts';
import type { Incidents } from '../incidents.ts';
import type { Entry, Written } from '../journal/entry.ts';
import { journalFiles, linesOf } from '../journal/files.ts';
import { Recent } from '../journal/recent.ts';
import { draft } from '../report/draft.ts';
import { toHtml } from '../report/html.ts';
import { toMarkdown } from '../report/markdown.ts';
import { verify } from '../report/verify.ts';

export interface IncidentRoutes {
  readonly incidents: Incidents;
  /** Folder of the journal. */
  readonly journal: string;
  readonly write: (entry: Entry) => void;
  readonly wall: () => number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const MOST_ENTRIES = 200_000;

/**
 * `GET /incidents`; of one `/report` (`markdown`, `html` and `report`), and with POST `/take`, `/note`
 * (`text`), `/resolve` (`text`), each `by` somebody, and `/verify` (`markdown`). `undefined`: it is another
 * call.
 */
export async function incidentCall(
  call: string,
  body: () => Promise<unknown>,
  routes: IncidentRoutes,
): Promise<Answer | undefined> {
  const { incidents, wall, journal } = routes;
  if (call === 'GET /incidents') return { status: 200, body: { incidents: incidents.all() } };
  const [, method, id = '', what = ''] = /^(GET|POST) \/incidents\/([\w-]+)\/(\w+)$/.exec(call) ?? [];
  if (method === undefined) return undefined;
  if (!incidents.all().some((one) => one.id === id))
    return { status: 404, body: { error: `there is no incident ${id}` } };
  if (method === 'GET' && what === 'report') {
    const view = viewOf(id, await entriesIn(journal));
    if (view === undefined) return { status: 503, body: { error: 'the journal does not have it yet' } };
    const report = draft(view, wall());
    return { status: 200, body: { markdown: toMarkdown(report), html: toHtml(report), report } };
  }
  const given = Object(await body()) as Record<string, unknown>;
  if (method === 'POST' && what === 'verify') {
    const problems = verify(id, String(given.markdown ?? ''), await entriesIn(journal));
    return { status: 200, body: { problems } };
  }
  return method === 'POST' ? said(id, what, given, routes) : undefined;
}

function said(
  id: string,
  what: string,
  { by, text }: Record<string, unknown>,
  { write, wall }: IncidentRoutes,
): Answer | undefined {
  if (typeof by !== 'string' || by.trim() === '')
    return { status: 400, body: { error: '"by" must say who' } };
  const common = { at: wall(), source: 'person', subject: id, actor: by, ids: { incident: id } } as const;
  if (what === 'take') write({ ...common, kind: 'incident.taken', text: `${by} has taken over.` });
  else if (typeof text !== 'string' || text.trim() === '' || text.length > 5_000)
    return { status: 400, body: { error: '"text" must say what, in at most 5000 letters' } };
  else if (what === 'note') write({ ...common, kind: 'incident.noted', text });
  else if (what === 'resolve')
    write({ ...common, source: 'status', kind: 'status.posted', text, after: 'resolved' });
  else return undefined;
  return { status: 200, body: { id } };
}

async function entriesIn(journal: string): Promise<readonly Written[]> {
  const entries = new Recent<Written>(MOST_ENTRIES);
  for await (const { entry } of linesOf(await journalFiles(journal)))
    if (entry !== undefined) entries.add(entry);
  return entries.all();
}
