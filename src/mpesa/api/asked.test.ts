import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyRequest } from 'fastify';
import { askedText } from './asked.ts';

const text = (rawHeaders: string[], url = '/p') =>
  askedText({ url, ip: '127.0.0.1', raw: { rawHeaders } } as unknown as FastifyRequest);

test('secrets are masked, whatever the case of their names', () => {
  const shown = JSON.parse(
    text(['Authorization', 'Bearer abc', 'app_key', 'k', 'COOKIE', 'c', 'Accept', '*/*']),
  );
  assert.deepEqual(shown, {
    path: '/p',
    from: '127.0.0.1',
    headers: { Authorization: '••••', app_key: '••••', COOKIE: '••••', Accept: '*/*' },
  });
});

test('it stays small, however much is sent', () => {
  const many = Array.from({ length: 200 }, (_, i) => [
    `X-${i}-${'n'.repeat(300)}`,
    '"\\'.repeat(5_000),
  ]).flat();
  assert.ok(text(many, `/${'p'.repeat(5_000)}`).length < 5_000);
  assert.doesNotThrow(() => JSON.parse(text(many)));
});
