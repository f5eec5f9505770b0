import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { cruise } from 'dependency-cruiser';

// It is plain JavaScript, which has no types here.
const { default: configuration } = (await import(String('../../.dependency-cruiser.mjs'))) as {
  default: { forbidden: object[]; options: object };
};

const scratch = await mkdtemp(join(tmpdir(), 'imara-imports-'));
after(() => rm(scratch, { recursive: true, force: true }));
await mkdir(join(scratch, 'src/watch/deep'), { recursive: true });
await mkdir(join(scratch, 'src/platform'), { recursive: true });
await symlink(resolve('node_modules'), join(scratch, 'node_modules'));
await writeFile(join(scratch, 'package.json'), '{"type":"module","dependencies":{"pg":"*","yaml":"*"}}');
await writeFile(join(scratch, 'src/platform/ids.ts'), 'export const id = 1;\n');

/** The rules that a file of the watch breaks. */
async function broken(source: string): Promise<string[]> {
  await writeFile(join(scratch, 'src/watch/deep/scratch.ts'), source);
  const { forbidden, options } = configuration;
  const ruleSet = { forbidden } as NonNullable<Parameters<typeof cruise>[1]>['ruleSet'];
  const { output } = await cruise(['src'], {
    ...(options as object),
    ...(ruleSet === undefined ? {} : { ruleSet }),
    validate: true,
    baseDir: scratch,
    preserveSymlinks: true,
  });
  if (typeof output === 'string') throw new Error(output);
  return output.summary.violations.map(({ rule }) => rule.name).sort();
}

test('R11: the check of imports fails when the watch takes anything of ours, or a package that is not listed', async () => {
  assert.deepEqual(
    await broken(`import { parse } from 'yaml';\nimport 'node:fs';\nexport const a = parse;\n`),
    [],
  );
  assert.deepEqual(await broken(`import { id } from '../../platform/ids.ts';\nexport const a = id;\n`), [
    'watch-imports',
  ]);
  assert.deepEqual(await broken(`import type { Pool } from 'pg';\nexport type A = Pool;\n`), [
    'watch-packages',
  ]);
});
