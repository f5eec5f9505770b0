import { Worker } from 'node:worker_threads';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { sibling } from '../sibling.ts';
import type { Rendered, Wanted } from './render.ts';

export interface ReferencePageOptions {
  title: string;
  /** The OpenAPI document; asked for once, when it is first read. */
  document(): object;
}

/** Everything is served from here, and the browser may fetch nothing from elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
const RENDER_MS = 30_000;

/**
 * `/openapi.json`, and `/docs`: the same for people, as a page that works without a network. The page and its
 * script are read when somebody first wants them, in a thread that ends then: it takes a second of a
 * processor and 40 MB, which a server that nobody reads about should not spend, nor one that serves stand
 * still for.
 */
export function referencePage({ title, document }: ReferencePageOptions) {
  let text: string | undefined;
  let rendering: Promise<Rendered> | undefined;
  const rendered = (): Promise<Rendered> => {
    rendering ??= render({ title, documentUrl: './openapi.json', scriptUrl: './docs/reference.js' }).catch(
      (error: unknown) => {
        rendering = undefined;
        throw error;
      },
    );
    return rendering;
  };
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/openapi.json', (_request, reply) => {
      text ??= JSON.stringify(document());
      return send(reply, 'application/json; charset=utf-8', text);
    });
    app.get('/docs', async (_request, reply) => {
      const { page } = await rendered();
      return send(reply.header('content-security-policy', POLICY), 'text/html; charset=utf-8', page);
    });
    app.get('/docs/reference.js', async (_request, reply) => {
      const { script } = await rendered();
      return send(reply.header('cache-control', 'max-age=3600'), 'text/javascript; charset=utf-8', script);
    });
  };
}

function send(reply: FastifyReply, type: string, body: string): FastifyReply {
  return reply.header('x-content-type-options', 'nosniff').type(type).send(body);
}

function render(workerData: Wanted): Promise<Rendered> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(sibling(import.meta.url, 'render'), { workerData, name: 'reference-page' });
    const late = setTimeout(() => {
      reject(new Error(`the reference page was not made within ${RENDER_MS / 1_000} s`));
      void worker.terminate();
    }, RENDER_MS);
    worker.unref();
    worker.on('message', resolve);
    worker.on('error', reject);
    worker.on('exit', () => {
      clearTimeout(late);
      reject(new Error('the thread that makes the reference page ended'));
    });
  });
}
