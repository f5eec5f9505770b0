// A receiver that answers at once, in a process of its own. On `report` it answers when each callback came
// first, and forgets them.
import { createServer } from 'node:http';

let arrivals: [checkoutRequestId: string, atMs: number][] = [];
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (text: string) => {
    body += text;
  });
  request.on('end', () => {
    arrivals.push([/"CheckoutRequestID":"([^"]+)"/.exec(body)?.[1] ?? '', Date.now()]);
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the receiver has no port');
  process.send?.({ type: 'ready', port: address.port });
});
process.on('message', () => {
  process.send?.({ type: 'arrivals', arrivals });
  arrivals = [];
});
