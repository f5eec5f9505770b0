import { createHmac } from 'node:crypto';
import { postJson, type Transport } from './transport.ts';

/** Where a webhook goes, and what it is signed with; `wall` gives its timestamp. */
export interface Hook {
  readonly url: string;
  readonly secret: string | undefined;
  readonly wall: () => number;
}

/** An alarm, whole, as JSON. */
export function webhook(hook: Hook): Transport {
  return (message, signal) => postSigned(hook, message.id, JSON.stringify(message), signal);
}

/**
 * Signed as Standard Webhooks say: HMAC-SHA256 over `id.timestamp.body`, in `webhook-signature: v1,…`, with
 * the timestamp of the attempt in seconds. The id is that of the message, so a receiver knows what it has
 * already.
 */
export async function postSigned(
  { url, secret, wall }: Hook,
  id: string,
  body: string,
  signal: AbortSignal,
): Promise<void> {
  const timestamp = String(Math.floor(wall() / 1_000));
  const signed =
    secret === undefined ? {} : { 'webhook-signature': signatureOf(secret, id, timestamp, body) };
  await postJson(url, body, { 'webhook-id': id, 'webhook-timestamp': timestamp, ...signed }, signal);
}

export function signatureOf(secret: string, id: string, timestamp: string, body: string): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
