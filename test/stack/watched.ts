import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { watchFiles } from '../../src/supervisor/home/watch-files.ts';
import { until } from '../until.ts';
import { receiver, SECRET } from '../watch/alone.ts';
import type { Stack } from './stack.ts';

/** The watch of a stack, whose pages go to the test. */
export interface Watched {
  readonly duty: Awaited<ReturnType<typeof receiver>>;
  /** The folder of its files. */
  readonly folder: string;
  /** What its API answers, with the token of people. */
  ask<T>(path: string): Promise<T>;
}

/** Gives the watch of a stack settings as a person does, and starts it again. */
export async function watchedBy(stack: Stack): Promise<Watched> {
  const duty = await receiver();
  const { settings, token } = watchFiles({ directory: stack.home });
  const folder = dirname(settings);
  await writeFile(join(folder, 'webhook-secret'), `${SECRET}\n`);
  await writeFile(
    settings,
    stringify({
      // What is gone for a second or two is over: a person who waits for it is a test.
      clearAfterMs: 3_000,
      status: { path: 'status' },
      channels: [{ kind: 'webhook', name: 'duty', url: duty.url, secretFile: 'webhook-secret' }],
      routes: { page: [{ channels: ['duty'] }] },
    }),
  );
  const instance = async () => {
    const found = (await stack.status()).instances.find(({ service }) => service === 'watch');
    assert.ok(found);
    return found;
  };
  const { pid } = await instance();
  process.kill(pid, 'SIGKILL');
  await until('the watch has started again', async () => {
    const now = await instance();
    return now.state === 'ready' && now.pid !== pid;
  });
  const headers = { authorization: `Bearer ${(await readFile(token, 'utf8')).trim()}` };
  return {
    duty,
    folder,
    async ask<T>(path: string) {
      const { admin } = await instance();
      const response = await fetch(admin + path, { headers });
      assert.equal(response.status, 200, path);
      return (await response.json()) as T;
    },
  };
}
