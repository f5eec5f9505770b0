import { createHmac } from 'node:crypto';
import { postJson, type Transport } from './transport.ts';

/**
 * Signed as Standard Webhooks say: HMAC-SHA256 over `id.timestamp.body`, in `webhook-signature: v1,…`, with
 * the timestamp in seconds. The id is that of the message, so a receiver knows what it has already.
 */
export function webhook(url: string, secret: string | undefined, wall: () => number): Transport {
  return async (message, signal) => {
    const body = JSON.stringify(message);
    const timestamp = String(Math.floor(wall() / 1_000));
    const signed =
      secret === undefined ? {} : { 'webhook-signature': signatureOf(secret, message.id, timestamp, body) };
    await postJson(
      url,
      body,
      { 'webhook-id': message.id, 'webhook-timestamp': timestamp, ...signed },
      signal,
    );
  };
}

export function signatureOf(secret: string, id: string, timestamp: string, body: string): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
