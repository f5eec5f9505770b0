import { type Family, families } from '../api/errors/errors.ts';
import { inFlight, stkResults } from '../products/stk-push/results.ts';
import { vendorApis } from './apis.ts';
import { failureCauses, resultCauses, singleErrors } from './causes.ts';

const WRITTEN =
  'Written by `npm run reference` from the code; the suite fails when it is not what that would write.';

const familyNames: Record<Family, string> = {
  stk: 'OAuth, STK, reversal',
  b2c: 'B2C, balance',
  c2b: 'C2B, B2B, status, QR',
  pull: 'pull, lookups',
  billManager: 'Bill Manager',
};

const row = (...cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly string[]) =>
  [row(...head), row(...head.map(() => '---')), ...rows].join('\n');

/** `docs/reference/errors.md` */
export function errorsPage(): string {
  const rows = Object.entries(failureCauses).map(([failure, [cause, fix]]) => {
    const ofFamily = families[failure as keyof typeof families];
    const texts = Map.groupBy(
      Object.entries(ofFamily),
      ([, { status, code, message }]) => `${status} \`${code}\` ${message.replace('{}', '…')}`,
    );
    const cells = [...texts].map(([text, of]) => {
      const names = of.map(([family]) => familyNames[family as Family]);
      return texts.size === 1 ? text : `${text} (${names.join('; ')})`;
    });
    return row(cells.join('<br>'), cause, fix);
  });
  const single = Object.values(singleErrors).map(({ operation, status, code, text, cause }) =>
    row(operation, `${status} \`${code}\` ${text}`, ...cause),
  );
  return `# Error codes

${WRITTEN} An error is \`{ requestId, errorCode, errorMessage }\`; of Bill Manager \`{ rescode, resmsg }\`. The same failure has another code in
each family of APIs, as the vendor's has. What a payment ends in is no error but a [result](results.md).

## Every API

${table(['HTTP status, code, text', 'cause', 'what to do'], rows)}

## Of single operations

${table(['API', 'HTTP status, code, text', 'cause', 'what to do'], single)}

A path outside every API is answered 404 in the form of what stands before them: \`{ fault: { faultstring, detail: { errorcode } } }\`.
`;
}

/** `docs/reference/results.md` */
export function resultsPage(): string {
  const rows = Object.entries(resultCauses).map(([name, [cause, fix]]) => {
    const { code, callback, query } = stkResults[name as keyof typeof stkResults];
    return row(`\`${code}\``, callback === query ? callback : `${callback}<br>query: ${query}`, cause, fix);
  });
  return `# Result codes

${WRITTEN} A push that was accepted ends in one of these: in the callback as a number (a code with letters as text), in the answer to a query always
as text. How to get each from a phone: [phones](phones.md). Errors of requests: [error codes](errors.md).

## STK push

${table(['ResultCode', 'ResultDesc', 'cause', 'what to do'], rows)}

\`${inFlight.code}\`, "${inFlight.query}", is said by a query alone: there is no result yet.
`;
}

/** `docs/reference/apis.md` */
export function apisPage(): string {
  const rows = vendorApis.map(({ name, paths, built }) =>
    row(name, paths.map((path) => `\`${path}\``).join('<br>'), built ? 'yes' : 'not yet'),
  );
  return `# What is built, and what is not

${WRITTEN} The vendor's APIs, with their paths. One that is not built is answered 404 in its own form, and the text says so.

${table(['API', 'path', 'built'], rows)}
`;
}
