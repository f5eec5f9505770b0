import { randomUUID } from 'node:crypto';
import type { Entry } from '../journal/entry.ts';
import type { Publisher } from '../publish/publisher.ts';

export interface WordRoutes {
  readonly publisher: Publisher;
  /** Whether it is on the disk. */
  readonly write: (entry: Entry) => Promise<boolean>;
  readonly wall: () => number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * What people say on the status page: `GET /components`; of one `POST /override` (`state`, `reason`, `forMs`)
 * and `/release`; `GET /planned`, `POST /planned` (`title`, `text`, `components`, `from`, `to`) and of one
 * `/cancel`; each POST `by` somebody. It is written down, then shown. `undefined`: it is another call.
 */
export async function wordCall(
  call: string,
  body: () => Promise<unknown>,
  routes: WordRoutes,
): Promise<Answer | undefined> {
  const { publisher, wall } = routes;
  if (call === 'GET /components')
    return {
      status: 200,
      body: {
        components: publisher.board.components().map(({ id, state, since, why, override }) => ({
          ...{ id, state, since, why, override },
        })),
      },
    };
  if (call === 'GET /planned') return { status: 200, body: { planned: publisher.planned.all(wall()) } };
  const [, of, name, what] =
    /^POST \/(components|planned)(?:\/([^/]+)\/(override|release|cancel))?$/.exec(call) ?? [];
  if (of === undefined) return undefined;
  const given = Object(await body()) as Record<string, unknown>;
  const { by } = given;
  if (typeof by !== 'string' || by.trim() === '' || by.length > 200) return wrong('"by" must say who');
  const id = name === undefined ? `work-${randomUUID().slice(0, 8)}` : decoded(name);
  switch (`${of} ${what ?? 'plan'}`) {
    case 'planned plan':
      return said(publisher.planned.plan(given, by, id, wall()), `no work ${id}`, routes);
    case 'planned cancel':
      return said(publisher.planned.cancel(id, by, wall()), `no work ${id} that is not over`, routes);
    case 'components override':
      return said(publisher.board.override(id, given, by), `no component ${id}`, routes);
    case 'components release':
      return said(publisher.board.release(id, by), `no word of a person on ${id}`, routes);
    default:
      return undefined;
  }
}

async function said(
  entry: Entry | string | undefined,
  missing: string,
  { publisher, write }: WordRoutes,
): Promise<Answer> {
  if (entry === undefined) return { status: 404, body: { error: `there is ${missing}` } };
  if (typeof entry === 'string') return wrong(entry);
  const journalled = await write(entry);
  publisher.said(entry);
  return { status: 200, body: { id: entry.subject, journalled } };
}

const wrong = (error: string): Answer => ({ status: 400, body: { error } });

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
