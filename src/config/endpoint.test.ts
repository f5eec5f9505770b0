import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Type } from 'typebox';
import { EndpointType, endpointsIn, endpointText, parseEndpoint } from './endpoint.ts';

const auth = { kind: 'auth', protocols: ['http:', 'https:'] } as const;

test('an address that could be an address is accepted', () => {
  for (const text of [
    'http://auth.internal:8100',
    'https://auth-1.example.co.ke',
    'http://127.0.0.1:8100/base',
    'http://[::1]:8100',
    'http://imara_auth:80',
    'https://auth.invalid',
  ]) {
    assert.equal(parseEndpoint(auth, text).ok, true, text);
  }
});

test('one that cannot be is refused with the cause', () => {
  const cases: [text: string, cause: RegExp][] = [
    ['', /not an absolute URL/],
    ['auth.internal:8100', /protocol is auth\.internal:/],
    ['ftp://auth', /protocol is ftp: where http: or https: is expected/],
    ['http://auth internal', /a space/],
    ['http://auth.internal ', /a space/],
    ['http://auth:70000', /not an absolute URL/],
    ['http://auth:0', /port 0/],
    ['http://user:pass@auth', /user name or password/],
    ['http://auth?x=1', /query or fragment/],
    ['http://auth..internal', /"" cannot be part of a host name/],
    ['http://-auth', /"-auth" cannot be part/],
    ['http://1:8100', /host is read as 0\.0\.0\.1/],
    [`http://${'a.'.repeat(130)}b`, /longer than 253/],
  ];
  for (const [text, cause] of cases) {
    const parsed = parseEndpoint(auth, text);
    assert.match(parsed.ok ? 'accepted' : parsed.reason, cause, text);
  }
});

test('no text makes the check throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl()), (text) => {
      parseEndpoint(auth, text);
    }),
  );
});

test('all endpoints of a document are found, also in arrays, records and unions', () => {
  const address = EndpointType(auth);
  const schema = Type.Object({
    auth: Type.Object({ servers: Type.Array(address) }),
    cells: Type.Record(Type.String(), Type.Union([Type.Null(), address])),
    name: Type.String(),
  });
  const document = {
    auth: { servers: ['http://a', 'http://b'] },
    cells: { north: 'http://n', south: null },
    name: 'x',
  };
  assert.deepEqual(endpointsIn(document, schema).map(endpointText), [
    'auth.servers[0] (auth): http://a',
    'auth.servers[1] (auth): http://b',
    'cells.north (auth): http://n',
  ]);
});
