import type { Message } from './message.ts';

/** Sends one message, once; throws a `SendFault`, or what the network throws. Heeds the signal. */
export type Transport<What = Message> = (message: What, signal: AbortSignal) => Promise<void>;

/** The receiver has answered, and not that it took it. */
export class SendFault extends Error {
  override readonly name = 'SendFault';
  /** Whether it would say the same again. */
  readonly forGood: boolean;

  constructor(message: string, forGood = false) {
    super(message);
    this.forGood = forGood;
  }
}

const LONGEST_ANSWER = 200;
const TOO_SOON = [408, 425, 429];

/** JSON with POST; any 2xx is that it was taken. What the receiver refuses (4xx) it would refuse again. */
export async function postJson(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    redirect: 'error',
    signal,
  });
  const text = (await response.text()).slice(0, LONGEST_ANSWER);
  if (response.ok) return;
  const { status } = response;
  const forGood = status >= 400 && status < 500 && !TOO_SOON.includes(status);
  throw new SendFault(`it answers ${status}: ${text}`, forGood);
}
