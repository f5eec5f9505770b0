import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { missing } from '../../../../test/stack/programs.ts';
import { render } from '../render.ts';
import { now, outage, quiet } from '../testdata/states.ts';

const lacking = missing(['chromium']);
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe-core finds wrong with a page in real Chromium, as `rule: element`. */
async function violations(html: string, dark: boolean): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'imara-axe-'));
  try {
    const run = `axe.run().then(({violations})=>{document.documentElement.dataset.axe=JSON.stringify(violations.flatMap(({id,nodes})=>nodes.map((n)=>id+': '+n.html.slice(0,200))))})`;
    const source = await readFile(axe, 'utf8');
    const file = join(directory, 'page.html');
    await writeFile(
      file,
      `${html}<script>${source.replaceAll('</script', '<\\/script')}</script><script>${run}</script>`,
    );
    const options = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${directory}/profile`];
    const scheme = `--blink-settings=preferredColorScheme=${dark ? 0 : 1}`;
    const { stdout } = await promisify(execFile)(
      'chromium',
      [
        ...options,
        scheme,
        '--window-size=900,2000',
        '--virtual-time-budget=20000',
        '--dump-dom',
        `file://${file}`,
      ],
      { timeout: 60_000, maxBuffer: 20_000_000 },
    );
    const found = /data-axe="([^"]*)"/.exec(stdout)?.[1];
    assert.ok(found !== undefined, 'axe has run');
    return JSON.parse(
      found
        .replaceAll('&quot;', '"')
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&amp;', '&'),
    );
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

// One start of the browser a case: what it costs is the browser.
const pages = render(outage, now);
const cases: readonly [string, string, boolean][] = [
  ['the page in an outage', pages.get('index.html') ?? '', false],
  ['the page in an outage, dark', pages.get('index.html') ?? '', true],
  ['the page on a quiet day', render(quiet, now).get('index.html') ?? '', false],
  ['a component', pages.get('components/stk-push.html') ?? '', false],
  ['a day', pages.get('days/2022-11-01.html') ?? '', true],
  ['the history', pages.get('history.html') ?? '', false],
];
for (const [what, html, dark] of cases) {
  test(`axe-core finds nothing wrong with ${what}`, {
    skip: lacking.length > 0 && lacking.join(' '),
  }, async () => {
    assert.deepEqual(await violations(html, dark), []);
  });
}
