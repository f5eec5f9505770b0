import type { Product } from '../api/define-product.ts';
import { failures } from '../api/errors/failures.ts';
import { type Failure, type Family, families } from '../api/errors/families.ts';
import type { OwnError } from '../api/errors/own-error.ts';
import { merchantApis, vendorApis } from '../api/vendor-apis.ts';
import { catalogue, operationAt } from '../catalogue.ts';
import { inFlight } from '../products/stk-push/results.ts';
import type { Result } from '../results/codes.ts';

const WRITTEN =
  'Written by `npm run reference` from the code; the suite fails when it is not what that would write.';

const familyNames: Record<Family, string> = {
  stk: 'OAuth, STK, reversal',
  b2c: 'B2C, balance',
  c2b: 'C2B, B2B, status, QR',
  pull: 'pull, org info, Hakikisha',
  billManager: 'Bill Manager',
  subscriber: 'SIM swap, IMSI, age, KYC',
  bonga: 'Lipa na Bonga',
  ratiba: 'standing orders',
};

const row = (...cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly string[]) =>
  [row(...head), row(...head.map(() => '---')), ...rows].join('\n');

const products: readonly Product[] = catalogue;

/** `docs/reference/errors.md` */
export function errorsPage(): string {
  const rows = Object.entries(failures).map(([failure, { cause }]) => {
    const texts = Map.groupBy(
      Object.entries(families[failure as Failure]),
      ([, { status, code, message }]) => `${status} \`${code}\` ${message.replace('{}', '…')}`,
    );
    const cells = [...texts].map(([text, of]) => {
      const names = of.map(([family]) => familyNames[family as Family]);
      return texts.size === 1 ? text : `${text} (${names.join('; ')})`;
    });
    return row(cells.join('<br>'), ...cause);
  });
  const single = [...titlesByError()].map(([{ status, code, text, cause }, titles]) =>
    row(titles.join(', '), `${status} \`${code}\` ${text}`, ...cause),
  );
  return `# Error codes

${WRITTEN} An error is \`{ requestId, errorCode, errorMessage }\`; of Bill Manager \`{ rescode, resmsg }\`. The same failure has another code in
each family of APIs, as the vendor's has. What a payment ends in is no error but a [result](results.md).

## Every API

${table(['HTTP status, code, text', 'cause', 'what to do'], rows)}

## Of single products

${table(['product', 'HTTP status, code, text', 'cause', 'what to do'], single)}

A path outside every API is answered 404 in the form of what stands before them: \`{ fault: { faultstring, detail: { errorcode } } }\`.
`;
}

/** An error that several products share is one row. */
function titlesByError(): Map<OwnError, string[]> {
  const titles = new Map<OwnError, string[]>();
  for (const { title, errors = {} } of products)
    for (const error of Object.values(errors)) titles.set(error, [...(titles.get(error) ?? []), title]);
  return titles;
}

/** `docs/reference/results.md` */
export function resultsPage(): string {
  const chapters = products.flatMap(({ title, results }) =>
    results === undefined ? [] : [`## ${title}\n\n${resultsTable(Object.values(results))}`],
  );
  return `# Result codes

${WRITTEN} What was accepted ends in one of these: in the callback as a number (a code with letters as text), in the answer to a query always as text.
How to get each from a phone: [phones](phones.md). What else differs from one product's callback to the next's:
[receive callbacks](../how-to/receive-callbacks.md#results-of-an-initiators-request). Errors of requests: [error codes](errors.md).

${chapters.join('\n\n')}

\`${inFlight.code}\`, "${inFlight.query}", is said by a query alone: there is no result yet.
`;
}

function resultsTable(results: readonly Result[]): string {
  const rows = results.map(({ code, callback, query = callback, cause }) =>
    row(`\`${code}\``, callback === query ? callback : `${callback}<br>query: ${query}`, ...cause),
  );
  return table(['ResultCode', 'ResultDesc', 'cause', 'what to do'], rows);
}

/** `docs/reference/apis.md` */
export function apisPage(): string {
  const rows = vendorApis.map(({ name, paths }) => {
    const isBuilt = paths.every((path) => operationAt(path) !== undefined);
    return row(name, paths.map((path) => `\`${path}\``).join('<br>'), isBuilt ? 'yes' : 'not yet');
  });
  const asked = merchantApis.map(({ name, paths }) =>
    row(name, paths.map((path) => `\`${path}\``).join('<br>'), 'yes'),
  );
  return `# What is built, and what is not

${WRITTEN} The vendor's APIs, with their paths. One that is not built is answered 404 in its own form, and the text says so.
What is built is also a document of OpenAPI 3.1, at \`/openapi.json\` of the API, and a page to read and to try it at \`/docs\`.

${table(['API', 'path', 'built'], rows)}

## What merchants are asked

Not our paths but a merchant's, behind a URL that it gives. Callbacks and their like are of the product that sends them.

${table(['API', 'path at the merchant', 'built'], asked)}
`;
}
