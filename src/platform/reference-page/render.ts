import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import scalar from '@scalar/fastify-api-reference';
import fastify from 'fastify';

// A thread of `reference-page.ts`: what Scalar would serve, as text, once.

export interface Wanted {
  readonly title: string;
  /** Both as the page, at `/docs`, has them. */
  readonly documentUrl: string;
  readonly scriptUrl: string;
}

export interface Rendered {
  readonly page: string;
  readonly script: string;
}

async function render({ title, documentUrl, scriptUrl }: Wanted): Promise<Rendered> {
  const app = fastify();
  await app.register(scalar, {
    routePrefix: '/docs',
    configuration: {
      pageTitle: title,
      url: documentUrl,
      cdn: scriptUrl,
      // Loads nothing from elsewhere, and sends nothing elsewhere.
      telemetry: false,
      withDefaultFonts: false,
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
      showDeveloperTools: 'never',
    },
  });
  const [page, script] = [await app.inject('/docs/'), await app.inject('/docs/js/scalar.js')];
  await app.close();
  if (page.statusCode !== 200 || script.statusCode !== 200)
    throw new Error(`Scalar answered ${page.statusCode} and ${script.statusCode}`);
  return { page: page.body, script: script.body };
}

if (!isMainThread) parentPort?.postMessage(await render(workerData));
