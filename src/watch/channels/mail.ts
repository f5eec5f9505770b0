import { once } from 'node:events';
import { connect } from 'node:net';
import { createTransport } from 'nodemailer';
import { lookup } from '../check/lookup.ts';
import { SendFault } from './transport.ts';

/** The server that takes our mail. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `starttls` and `tls`: never in the clear, and only to a server whose certificate is believed. */
  readonly security: 'starttls' | 'tls' | 'none';
  readonly login: { readonly user: string; readonly pass: string } | undefined;
  readonly from: string;
}

export interface Mail {
  /** The same on every attempt: the `Message-ID` is made of it. */
  readonly id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

/** What the library waits for at most, ms; the signal ends it long before. */
const LONGEST_MS = 60_000;

/**
 * Sends one mail, over a connection of its own that ends with the signal. Throws a `SendFault` where the
 * server refuses it, for good when it says so (5xx), but for a login: a password is changed now and then.
 */
export async function sendMail(server: MailServer, mail: Mail, signal: AbortSignal): Promise<void> {
  const { host, port, security, login, from } = server;
  // The library's own look-up would not end with the signal.
  const socket = connect({ host, port, lookup, signal });
  try {
    await once(socket, 'connect', { signal });
    const transport = createTransport({
      host,
      port,
      connection: socket,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      ...(login === undefined ? {} : { auth: login }),
      connectionTimeout: LONGEST_MS,
      greetingTimeout: LONGEST_MS,
      socketTimeout: LONGEST_MS,
      // A mail of ours names no file and no address that would be read into it.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const domain = /@([\w.-]+)/.exec(from)?.[1] ?? host;
    await transport.sendMail({
      from,
      to: [...mail.to],
      subject: mail.subject,
      text: mail.text,
      messageId: `<${mail.id.replaceAll(/[^\w.-]/g, '-')}@${domain}>`,
      // Nobody is out of the office for a machine (RFC 3834).
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
  } catch (error) {
    const { message, responseCode, code } = error as Error & { responseCode?: number; code?: string };
    const forGood = responseCode !== undefined && responseCode >= 500 && code !== 'EAUTH';
    throw new SendFault(message, forGood);
  } finally {
    socket.destroy();
  }
}
