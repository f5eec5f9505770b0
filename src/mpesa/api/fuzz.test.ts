import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { errorFields } from '../../../test/mpesa/error-fields.ts';
import { OAUTH, PUSH, pushBody, startMpesaApi } from '../../../test/mpesa/mpesa-api.ts';
import { catalogue, operations } from '../catalogue.ts';
import type { Product } from './define-product.ts';
import { type ErrorText, families } from './errors/families.ts';

const api = await startMpesaApi();

/** Requests sent at once; each property run is one such handful. */
const TOGETHER = 12;
const RUNS = 250;
/** The whole file ends in bounded time; a run that starts later is not made. */
const BUDGET_MS = 20_000;
const ANSWER_MS = 10_000;

/** Every 5xx that an API whose parts all work may give. The internal error is none of them. */
const documentedFaults = new Set<string>([
  families.busy.stk.message,
  ...catalogue
    .flatMap(({ errors = {} }: Product) => Object.values(errors))
    .filter(({ status }) => status >= 500)
    .map(({ text }) => text),
]);
/** Of families, and of what is no whole request. */
const documentedRefusals = new Set<number>([
  408,
  431,
  ...Object.values(families)
    .flatMap((ofFamily): ErrorText[] => Object.values(ofFamily))
    .map(({ status }) => status),
]);
const offered = catalogue.flatMap((product: Product) => Object.values(product.operations));
/** What a request may be answered that was taken. */
const acknowledgements = offered.map(({ acknowledgement }) => Compile(acknowledgement));
const paths = operations.map(({ path }) => path);

interface Sent {
  method: string;
  path: string;
  headers: [string, string][];
  body: string;
  /** How the announced length differs from the body's. */
  lengthError: number;
}

function bytesOf({ method, path, headers, body, lengthError }: Sent): Buffer {
  const length = Math.max(0, Buffer.byteLength(body) + lengthError);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: api',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${length}`,
    'Connection: close',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** All that the server says until it closes; rejects when it says nothing for ten seconds. */
function exchange(bytes: Buffer, endsAfter: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: api.port, host: '127.0.0.1' });
    const timer = setTimeout(() => {
      reject(new Error(`no answer to ${JSON.stringify(bytes.toString('latin1').slice(0, 2_000))}`));
      socket.destroy();
    }, ANSWER_MS);
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(received);
    });
    if (endsAfter) socket.end(bytes);
    else socket.write(bytes);
  });
}

function assertDocumented(answer: string, sent: unknown): void {
  try {
    checkDocumented(answer);
  } catch (cause) {
    throw new Error(`${JSON.stringify(sent).slice(0, 1_000)}\n→ ${answer}`, { cause });
  }
}

/** An answer is an acknowledgement, or an error in the API's form that is documented. Nothing else, ever. */
function checkDocumented(answer: string): void {
  const final = answer.replace(/^(?:HTTP\/1\.1 1\d\d [^\r]*\r\n\r\n)+/, '');
  const headerEnd = final.indexOf('\r\n\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(final)?.[1]);
  assert.match(final.slice(0, headerEnd), /content-type: application\/json/i, final);
  const body = JSON.parse(final.slice(headerEnd + 4));
  if (status === 200) {
    assert.ok(acknowledgements.some((acknowledgement) => acknowledgement.Check(body)));
    return;
  }
  if ('fault' in body) {
    // The gateway's own: nothing is there, or it was no request.
    assert.ok([400, 404, 408, 431].includes(status), `${status}`);
    assert.equal(typeof body.fault.detail.errorcode, 'string');
    return;
  }
  if ('Envelope' in body) {
    // The backend's own, of a short code that may not register.
    assert.equal(status, 500);
    assert.ok(documentedFaults.has(body.Envelope.Body.Fault.faultstring));
    return;
  }
  const [, code, message] = errorFields({ status, body });
  assert.equal(typeof message, 'string');
  if (status >= 500) {
    assert.equal(status, 500);
    assert.ok(documentedFaults.has(String(message)), `${code} ${message}`);
  } else {
    assert.ok(documentedRefusals.has(status), `${status}`);
  }
  assert.doesNotMatch(final, /FST_|node_modules|\.ts:|\bat \w+ \(/);
}

const nasty = fc.constantFrom(
  '\u0000',
  '\ud800',
  '🦁',
  '__proto__',
  '{}',
  '$&',
  "' or 1=1--",
  '\\',
  '"',
  'ws_CO_',
);
const scalar = fc.oneof(fc.string({ unit: 'binary' }), nasty, fc.double(), fc.integer(), fc.boolean());
const value = fc.oneof(scalar, fc.jsonValue(), fc.constant(null), fc.bigInt().map(String));

/** The sample of an operation, for its path, some of its fields spoiled: most get past the first checks. */
const aimed = fc
  .record({
    operation: fc.constantFrom(...offered.filter(({ request }) => request.names.length > 0)),
    spoil: fc.dictionary(fc.nat(), value, { maxKeys: 3 }),
    subscriber: fc.integer({ min: 0, max: 99_999_999 }),
  })
  .map(({ operation: { paths: own, request, sample }, spoil, subscriber }) => {
    const { names } = request;
    const spoiled = Object.entries(spoil).map(([at, wrong]) => [names[Number(at) % names.length], wrong]);
    const text = JSON.stringify({ ...sample, ...Object.fromEntries(spoiled) });
    const msisdn = `2547${String(subscriber).padStart(8, '0')}`;
    return { path: own[subscriber % own.length] ?? '', body: text.replaceAll('254708374149', msisdn) };
  });
const body = fc.oneof(
  { arbitrary: fc.json(), weight: 2 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 200 }), weight: 1 },
  { arbitrary: fc.constant('['.repeat(50_000)), weight: 1 },
  { arbitrary: fc.nat({ max: 100_000 }).map((length) => `{"Amount":"${'9'.repeat(length)}"}`), weight: 1 },
);
const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
});
const header = fc.oneof(
  fc.tuple(fc.constant('Content-Type'), fc.oneof(fc.constant('application/json; charset=utf-8'), printable)),
  fc.tuple(fc.constant('Authorization'), fc.oneof(fc.constant('Basic a2V5OnNlY3JldA=='), printable)),
  fc.tuple(fc.constantFrom('Accept', 'Cookie', 'X-Forwarded-For', 'Expect', 'Upgrade', 'Range'), printable),
);
const headers = fc
  .tuple(fc.boolean(), fc.boolean(), fc.array(header, { maxLength: 3 }))
  .map(([token, json, others]): [string, string][] => [
    ...(token ? ([['Authorization', 'Bearer good']] as [string, string][]) : []),
    ...(json ? ([['Content-Type', 'application/json']] as [string, string][]) : []),
    ...others,
  ]);
const path = fc.oneof(
  { arbitrary: fc.constantFrom(...paths, `${OAUTH}?grant_type=client_credentials`), weight: 6 },
  {
    arbitrary: fc.tuple(fc.constantFrom(...paths), fc.webPath()).map((parts) => parts.join('')),
    weight: 1,
  },
  {
    arbitrary: fc.tuple(fc.webPath(), fc.webQueryParameters()).map(([at, query]) => `/${at}?${query}`),
    weight: 1,
  },
  {
    arbitrary: fc.constantFrom('/%', '/%zz', '//', '/mpesa/b2c/../x', '/\u00e9', '*', PUSH.toUpperCase()),
    weight: 1,
  },
);
const method = fc.oneof(
  { arbitrary: fc.constantFrom('POST', 'GET'), weight: 8 },
  {
    arbitrary: fc.constantFrom('PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY', 'TRACE'),
    weight: 1,
  },
);
const goal = fc.oneof({ arbitrary: aimed, weight: 3 }, { arbitrary: fc.record({ path, body }), weight: 2 });
const lengthError = fc.oneof(
  { arbitrary: fc.constant(0), weight: 6 },
  { arbitrary: fc.integer({ min: -20, max: 20 }), weight: 1 },
);

test('thousands of bodies, headers, methods and paths get documented answers alone', async () => {
  const request = fc
    .record({ method, goal, headers, lengthError })
    .map(({ goal: { path, body }, ...rest }) => ({ ...rest, path, body }));
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: TOGETHER, maxLength: TOGETHER }), async (requests) => {
      // A body that is shorter than announced is known to be cut only when the client ends.
      const answers = requests.map((sent) => exchange(bytesOf(sent), sent.lengthError > 0));
      for (const [i, answer] of (await Promise.all(answers)).entries()) assertDocumented(answer, requests[i]);
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: BUDGET_MS },
  );
});

test('bytes that are not HTTP end in a documented answer or in a closed connection', async () => {
  const start = fc.constantFrom(
    '',
    'POST ',
    `POST ${PUSH} HTTP/1.1\r\n`,
    `POST ${PUSH} HTTP/1.1\r\nHost: x\r\n`,
  );
  const chunked = `POST ${PUSH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  const message = fc
    .tuple(fc.oneof(start, fc.constant(chunked)), noise)
    .map(([text, bytes]) => Buffer.concat([Buffer.from(text), bytes]));
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: TOGETHER, maxLength: TOGETHER }), async (messages) => {
      for (const answer of await Promise.all(messages.map((bytes) => exchange(bytes, true)))) {
        if (answer !== '') assertDocumented(answer, messages);
      }
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: BUDGET_MS / 2 },
  );
});

test('after all that the API takes a payment', async () => {
  await api.resolveAll();
  assert.equal((await api.post(PUSH, pushBody())).status, 200);
});
