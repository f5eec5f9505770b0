import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { candidatesOf, parseDatabaseUrl } from './database-url.ts';

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
    ['postgres://a:secret@one:5432,/db', /"" is no host; write something like .*one:5432,two:5432/],
    ['postgres://a:secret@one:x,two/db', /"one:x" is no host/],
    ['postgres://a:secret@one,two/db?target_session_attrs=any', /may lead to a standby; write read-write or/],
    ['postgres://a:secret@/db?host=one,two,three&port=1,2', /3 hosts and 2 ports/],
    [`postgres://a:secret@${Array(9).fill('one').join()}/db`, /names 9 hosts; name 8 at most/],
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

test('several hosts, in either form of libpq, come out as a URL of each', () => {
  const hosts = (text: string) => candidatesOf(taken(text)).map((url) => new URL(url).host);
  assert.deepEqual(hosts('postgres://a:b@one:5432,[::1]:5433/db'), ['one:5432', '[::1]:5433']);
  assert.deepEqual(hosts('postgres://a:b@one,two/db?target_session_attrs=primary'), ['one:5432', 'two:5432']);
  assert.deepEqual(hosts('postgres://a:b@/db?host=one,two&port=5433'), ['one:5433', 'two:5433']);
  assert.deepEqual(hosts('postgres://a:b@one/db?target_session_attrs=read-write'), ['one:5432']);
  assert.deepEqual(hosts('postgres://a:b@one/db'), []);
  // Taken twice, by a supervisor and by its process, it is the same.
  const once = taken('postgres://a:b@one:1,two:2/db?sslmode=require');
  assert.equal(taken(once), once);
  assert.match(once, /target_session_attrs=read-write/);
  const [first = ''] = candidatesOf(once);
  assert.match(first, /^postgres:\/\/a:b@one:1\/db\?sslmode=require&uselibpqcompat=true$/);
});
