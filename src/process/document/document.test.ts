import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endingNames } from '../../agent/endings/names.ts';
import { isJsonObject, type JsonObject } from '../../config/canonical.ts';
import { check } from '../../config/check/check.ts';
import { diff } from '../../config/diff.ts';
import { merged, withOverlays } from '../../config/overlay.ts';
import { wireLimits } from '../../rollout/protocol.ts';
import { loadRelease } from '../installation/release.ts';
import { readEnvironment } from '../main/environment.ts';
import { endings } from '../roles/worker/endings.ts';
import { platform } from './platform.ts';

const { content: builtIn } = loadRelease(
  readEnvironment({
    DATABASE_URL: 'postgres://nobody@127.0.0.1/none',
    IMARA_AUTH_SERVERS: 'https://auth.example:8443,https://auth-b.example:8443',
  }),
);

/** What is wrong with the built-in document once it is changed so, a line each. */
function problemsOf(change: JsonObject, base = builtIn): string[] {
  const document = merged(base, change, platform.schema);
  assert.ok(isJsonObject(document));
  return check(platform, document, change).map(
    ({ path, reason, advice, environments }) => `${path} ${reason} (${environments.length}): ${advice}`,
  );
}

function refused(change: JsonObject, ...expected: RegExp[]): void {
  const problems = problemsOf(change);
  assert.equal(problems.length, expected.length, problems.join('\n') || JSON.stringify(change));
  for (const [index, pattern] of expected.entries()) assert.match(problems[index] ?? '', pattern);
}

test('a name that does not exist is refused at every level, with the one that was meant', () => {
  refused({ mpesa: { stk: { enable: false } } }, /mpesa\.stk\.enable is not a key here \(2\): /);
  refused(
    { serving: { products: { 'stk-qeury': { enabled: false } } } },
    /serving\.products\.stk-qeury is not a key here \(2\): did you mean stk-query\? products are oauth, stk, stk-query/,
  );
  refused(
    { serving: { products: { stk: { enable: false } } } },
    /serving\.products\.stk\.enable is not a key here .*did you mean enabled\?/,
  );
  refused({ servign: { retryAfterSeconds: 2 } }, /servign is not a key here .*did you mean serving\?/);
  refused(
    { environments: { prodution: { serving: { retryAfterSeconds: 2 } } } },
    /environments\.prodution is no environment \(1\): did you mean production\?/,
  );
  refused(
    { environments: { production: { serving: { products: { stk: { enable: false } } } } } },
    /serving\.products\.stk\.enable is not a key here \(1\): did you mean enabled\?/,
  );
  refused(
    { handset: { defaultBehaviour: 'wait' } },
    /handset\.defaultBehaviour must be one of "pays", "pays-slowly", .*: did you mean waits\?/,
  );
  refused(
    { mpesa: { stk: { customerTariff: [{ upToShilings: 10, feeCents: 1 }] } } },
    /customerTariff\[0\]\.upToShillings is missing/,
    /customerTariff\[0\]\.upToShilings is not a key here .*did you mean upToShillings\?/,
  );
  // Every fault of a document is said, not the first few.
  const names = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`typo${index}`, 1]));
  assert.equal(problemsOf({ serving: names }).length, 30);
});

test('letters that look like others are named', () => {
  refused(
    { serving: { products: { 'stk\u200b': { enabled: false } } } },
    /is not a key here: it holds U\+200B .*did you mean stk\?/,
  );
  refused(
    { ѕerving: { retryAfterSeconds: 2 } },
    /is not a key here: it holds "ѕ" \(U\+0455\), which is not the letter it looks like .*did you mean serving\?/,
  );
  refused(
    { handset: { defaultBehaviour: 'pаys' } },
    /defaultBehaviour holds "а" \(U\+0430\), .*must be one of "pays".*did you mean pays\?/,
  );
  refused(
    { environments: { productiоn: { serving: { retryAfterSeconds: 2 } } } },
    /is no environment: it holds "о" \(U\+043E\).*did you mean production\?/,
  );
  // A host in other letters is another host: it would be looked up as xn--….
  refused({ auth: { servers: ['https://аuth.example'] } }, /auth\.servers\[0\] .*it holds "а" \(U\+0430\)/);
});

test('null deletes what may be missing, is a value where the schema says so, and is refused elsewhere', () => {
  const own = { serving: { products: { stk: { enabled: false } } }, delivery: { ca: 'PEM' } };
  const overridden = merged(builtIn, own);
  assert.ok(isJsonObject(overridden));
  const nothing = { serving: { products: { stk: null } }, delivery: { ca: null } };
  assert.deepEqual(problemsOf(nothing, overridden), []);
  const back = merged(overridden, nothing, platform.schema);
  assert.deepEqual(back, builtIn);
  const schema = withOverlays(platform.schema, platform.environments);
  assert.ok(isJsonObject(back));
  assert.deepEqual(diff(overridden, back, schema), [
    { path: 'delivery.ca', before: 'PEM', after: null },
    { path: 'serving.products.stk.enabled', before: false },
  ]);

  refused(
    { serving: { products: { 'stk-qeury': null } } },
    /stk-qeury is not a key here, so null deletes nothing .*did you mean stk-query\?/,
  );
  refused(
    { environments: { prodution: null } },
    /environments\.prodution is not a key here, so null deletes nothing .*did you mean production\?/,
  );
  refused(
    { mpesa: { stk: { maxAmountShillings: null } } },
    /mpesa\.stk\.maxAmountShillings is deleted by this change \(null\), and cannot be missing/,
  );
  // It comes back to the common value: that is what the deletion of an override means.
  assert.deepEqual(problemsOf({ environments: { testing: { delivery: null, mpesa: null } } }), []);
});

test('numbers that are none, and values of another type, say what they are', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, JSON.parse('1e400')])
    refused({ serving: { retryAfterSeconds: value } }, /serving\.retryAfterSeconds is not a number \(2\)/);
  refused({ auth: { issuer: '\u0000' } }, /auth\.issuer holds the character U\+0000/);
  refused(
    { serving: { product: { enabled: 'yes' } } },
    /must be boolean .*write true or false, without quotes/,
  );
  refused({ serving: { retryAfterSeconds: '2' } }, /must be integer .*write the number without quotes/);
  refused({ serving: { merchantShare: 9 } }, /must be <= 1/);
  const hostile: JsonObject = JSON.parse(
    '{"__proto__": {"enabled": false}, "serving": {"product": {"constructor": 1}}}',
  );
  refused(hostile, /\["?__proto__"?\]|__proto__ is not a key here/, /constructor is not a key here/);
  let deep: JsonObject = {};
  for (let level = 0; level < 10_000; level++) deep = { deep };
  assert.match(check(platform, deep)[0]?.reason ?? '', /nested more than 32 deep/);
});

test('values that cannot be meant together are refused: keys, fetches, deadlines, limits, addresses', () => {
  const tokens = (change: JsonObject) => ({ auth: { tokens: change } });
  refused(
    { auth: { keyRefreshSeconds: 3_600 } },
    /auth\.tokens\.keyPublishAheadSeconds is below two fetches of the keys .*make it at least 8660/,
  );
  refused(tokens({ keyPublishAheadSeconds: 10 }), /keyPublishAheadSeconds is below two fetches/);
  refused(tokens({ keyRotationSeconds: 60 }), /keyRotationSeconds must be >= 3600/);
  refused(
    tokens({ keyRotationSeconds: 3_600, keyPublishAheadSeconds: 7_200 }),
    /keyRotationSeconds is below keyPublishAheadSeconds/,
  );
  refused({ auth: { keyStaleSeconds: 60 } }, /auth\.keyStaleSeconds is below three fetches/);
  for (const key of ['keyRefreshSeconds', 'revocationRefreshSeconds', 'unknownKeyIntervalSeconds'])
    refused({ auth: { [key]: 31_536_000 } }, new RegExp(`auth\\.${key} must be <= 3600`));
  refused({ auth: { attemptTimeoutMs: 5_000 } }, /attemptTimeoutMs is above callTimeoutMs/);
  refused(
    {
      serving: { product: { minInFlight: 500, maxInFlight: 500 } },
      mpesa: { requests: { maxQueued: 100_000 } },
    },
    /serving\.maxInFlight is below/,
  );
  refused(
    { serving: { products: { stk: { deadlineMs: 100 } } } },
    /serving\.products\.stk deadlineMs \(100\) is not above queue\.maxAgeMs/,
  );
  refused(
    { serving: { limits: { headersTimeoutMs: 20_000 } } },
    /headersTimeoutMs is above requestTimeoutMs/,
  );
  refused({ serving: { queue: { overloadedMaxAgeMs: 5_000 } } }, /overloadedMaxAgeMs is above maxAgeMs/);
  refused({ mpesa: { stk: { maxQueued: 1 } } }, /maxQueued is below the 4 pushes/);
  refused({ delivery: { maxConcurrent: 8 } }, /maxConcurrentPerHost is above maxConcurrent/);
  refused(
    { delivery: { allowedPorts: [443] } },
    /delivery\.allowedPorts is without 80, which mpesa\.stk\.callbackUrl\.allowedPorts has/,
    /delivery\.allowedPorts is without 80, which mpesa\.requests\.callbackUrl\.allowedPorts has/,
    /delivery\.allowedPorts is without 80, which mpesa\.c2b\.callbackUrl\.allowedPorts has: registrations/,
    /delivery\.allowedPorts is without 80, which mpesa\.pull\.callbackUrl\.allowedPorts has: registrations/,
    /delivery\.allowedPorts is without 80, which mpesa\.standingOrders\.callbackUrl\.allowedPorts has: orders/,
    /delivery\.allowedPorts is without 80, which mpesa\.billManager\.callbackUrl\.allowedPorts has: billers/,
  );
  refused(
    { environments: { testing: { delivery: { allowPrivateTargets: false } } } },
    /delivery\.allowPrivateTargets is false where mpesa\.stk\.callbackUrl\.allowPrivateTargets is true/,
    /delivery\.allowPrivateTargets is false where mpesa\.requests\.callbackUrl\.allowPrivateTargets is true/,
    /delivery\.allowPrivateTargets is false where mpesa\.c2b\.callbackUrl\.allowPrivateTargets is true/,
  );
  refused({ mpesa: { stk: { callbackUrl: { forbiddenWords: ['HTTP'] } } } }, /no push would be accepted/);
  refused(
    { mpesa: { requests: { callbackUrl: { forbiddenWords: ['HTTP'] } } } },
    /is in every address: no request would be accepted/,
  );
  refused({ mpesa: { requests: { maxQueued: 1 } } }, /maxQueued is below the \d+ requests/);
  refused(
    {
      mpesa: {
        stk: {
          customerTariff: [
            { upToShillings: 100, feeCents: 0 },
            { upToShillings: 100, feeCents: 1 },
          ],
        },
      },
    },
    /customerTariff\[1\]\.upToShillings is not above the band before it/,
  );
  refused(
    { rollouts: { firstWave: { minMs: 9_000, deadlineMs: 10_000 } } },
    /rollouts\.firstWave\.deadlineMs is not 2000 ms above minMs/,
  );
  refused(
    { rollouts: { firstWave: { deadlineMs: 1_000 } } },
    /rollouts\.firstWave\.deadlineMs must be >= 10000/,
  );
  refused({ rollouts: { testMs: 20_000 } }, /rollouts\.testMs is below takeMs/);
});

test('what instances count of their endings fits in a report, with room for more', () => {
  const { names } = endingNames(endings);
  assert.ok(names.length <= wireLimits.endings * 0.75, `${names.length} of ${wireLimits.endings}`);
});
