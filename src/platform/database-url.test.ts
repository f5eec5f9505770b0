import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { parseDatabaseUrl } from './database-url.ts';

const taken = (text: string) => {
  const parsed = parseDatabaseUrl(text);
  assert.ok(parsed.ok, text);
  return parsed.url;
};
const reason = (text: string) => {
  const parsed = parseDatabaseUrl(text);
  return parsed.ok ? '' : parsed.reason;
};

test('a URL without sslmode is taken as it is', () => {
  for (const url of ['postgres://a:b@host/db', 'postgresql://a@[::1]:5433/db?application_name=x'])
    assert.equal(taken(url), url);
});

test('sslmode means what libpq says: require encrypts, and verify-full also checks whom it reached', () => {
  const checks = (mode: string) => {
    const { ssl } = new Client({ connectionString: taken(`postgres://a:b@host/db?sslmode=${mode}`) });
    return ssl === false ? 'plain' : Object(ssl).rejectUnauthorized !== false;
  };
  assert.deepEqual(['disable', 'require', 'no-verify', 'verify-full'].map(checks), [
    'plain',
    false,
    false,
    true,
  ]);
});

test('what cannot be used is refused with what to write, and without the password', () => {
  const refused: [string, RegExp][] = [
    ['postgres://a:secret@one:5432,two:5432/db', /several hosts \(one:5432 and two:5432\); name one/],
    ['postgres://a:secret@one/db?host=two,three', /name the one that always leads to the primary/],
    ['postgres://a:secret@one/db?target_session_attrs=read-write', /name the one that always leads/],
    ['postgres://a:secret@one/db?sslmode=prefer', /may end up without encryption; write disable, require/],
    ['postgres://a:secret@one/db?sslmode=yes', /which is none/],
    ['postgres://a:secret@one/db?sslmode=verify-ca', /without sslrootcert/],
    ['postgres://a:secret@one', /names no database/],
    ['mysql://a:secret@one/db', /begins with mysql:/],
    ['one', /is no URL/],
  ];
  for (const [url, expected] of refused) {
    assert.match(reason(url), expected);
    assert.ok(!reason(url).includes('secret'));
  }
});
