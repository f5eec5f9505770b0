// A program of a user of another client, with the vendor's host built in: makes each call that its parent
// sends, and sends the answer.
import { Mpesa } from 'mpesa-api';

const [, , credentials = '{}'] = process.argv;
const given = JSON.parse(credentials);
const client = new Mpesa(given, 'sandbox');
// It begins this by itself, and would call without its credential until this has ended.
await Reflect.get(client, 'generateSecurityCredential').call(
  client,
  given.initiatorPassword,
  given.certificatePath,
);
process.on('message', async ({ method, body }: { method: string; body: object }) => {
  const answer: unknown = await Reflect.get(client, method)
    .call(client, body)
    .catch((error: unknown) => ({ failed: error }));
  process.send?.(answer);
});
process.send?.('ready');
