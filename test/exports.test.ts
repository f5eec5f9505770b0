import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

test('what the package exports can be imported by its name', async () => {
  const { exports }: { exports: Record<string, string> } = JSON.parse(await readFile('package.json', 'utf8'));
  const modules = Object.keys(exports).filter((name) => name !== './package.json');
  for (const name of modules) await import(name.replace('.', 'imara'));
  const { createAuthClient } = await import('imara/auth-client');
  assert.equal(typeof createAuthClient, 'function');
});
