import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { areCertificates } from './authorities.ts';
import { errorCode, type Failure, type FailureCause, failure } from './failure.ts';
import type { Endpoint } from './resolver.ts';

export interface Question {
  method: 'GET' | 'POST';
  path: string;
  headers?: Readonly<Record<string, string>>;
}

export type Answer = { ok: true; status: number; body: string } | Failure;

export interface ExchangeSettings {
  certificateAuthorities: string;
  connectTimeoutMs: number;
  tlsTimeoutMs: number;
  headersTimeoutMs: number;
  bodyTimeoutMs: number;
}

export interface Transport {
  /** One question to one endpoint. Aborting the signal destroys its socket, in whatever phase it is. */
  exchange(endpoint: Endpoint, question: Question, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

/** Where connections come from; `false`: a new one, for this question alone. */
interface Agents {
  plain: http.Agent | false;
  secure: https.Agent | false;
}

type Phase = 'connect' | 'tls' | 'headers' | 'body';

const largestBodyBytes = 2 * 1024 * 1024;

/**
 * HTTP/1.1 over sockets of its own. `node:http` rather than undici: there a request that is aborted while its
 * connection is being made leaves the connecting socket behind until `connectTimeout`, and timers tick in
 * half seconds.
 */
export function createTransport({ settings }: { settings: () => ExchangeSettings }): Transport {
  const options = { keepAlive: true, maxSockets: 256, maxTotalSockets: 1_024, maxFreeSockets: 8 };
  const agents = { plain: new http.Agent(options), secure: new https.Agent(options) };
  let authorities = { pem: '', good: true };

  async function exchange(endpoint: Endpoint, question: Question, signal: AbortSignal): Promise<Answer> {
    if (endpoint.secure && !trusted(settings().certificateAuthorities)) {
      return failure('invalid_settings', 'the certificate authorities are not certificates');
    }
    const first = await once(endpoint, question, signal, agents);
    if (first !== 'stale_connection') return first;
    // A kept connection that the server closed just then: it read nothing of the question. Others may be as
    // stale.
    const again = await once(endpoint, question, signal, { plain: false, secure: false });
    return again === 'stale_connection' ? failure('connection_lost', endpoint.name) : again;
  }

  /** Parsed once for each value of the setting. */
  function trusted(pem: string): boolean {
    if (pem !== authorities.pem) authorities = { pem, good: pem === '' || areCertificates(pem) };
    return authorities.good;
  }

  function once(
    endpoint: Endpoint,
    question: Question,
    signal: AbortSignal,
    from: Agents,
  ): Promise<Answer | 'stale_connection'> {
    const limits = settings();
    return new Promise((resolve) => {
      let phase: Phase = 'connect';
      let timer: NodeJS.Timeout | undefined;
      let settled = false;
      const where = `${endpoint.name} (${endpoint.ip}:${endpoint.port})`;

      const settle = (answer: Answer | 'stale_connection') => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        signal.removeEventListener('abort', cancel);
        resolve(answer);
      };
      const give = (cause: FailureCause, detail: string) => {
        settle(failure(cause, `${where}: ${detail}`));
        request.destroy();
      };
      const enter = (next: Phase) => {
        if (settled) return;
        phase = next;
        clearTimeout(timer);
        timer = setTimeout(
          () => give(`${phase}_timeout`, `no end of ${phase} in time`),
          limits[`${phase}TimeoutMs`],
        );
      };
      const cancel = () => give('cancelled', `cancelled during ${phase}`);

      const request = send(endpoint, question, limits, from);
      request.on('error', (error) => {
        if (request.reusedSocket && errorCode(error) === 'ECONNRESET') settle('stale_connection');
        else give(causeOf(error, phase), errorCode(error));
      });
      request.on('socket', (socket) => follow(socket, endpoint.secure, enter));
      request.on('response', (response) => {
        enter('body');
        read(response, settle, give);
      });
      enter('connect');
      signal.addEventListener('abort', cancel);
      if (signal.aborted) cancel();
      else request.end();
    });
  }

  function send(
    endpoint: Endpoint,
    question: Question,
    limits: ExchangeSettings,
    from: Agents,
  ): ClientRequest {
    const { secure, ip, port, name } = endpoint;
    const host = name.includes(':') ? `[${name}]` : name;
    const common = {
      host: ip,
      port,
      method: question.method,
      path: question.path,
      headers: { ...question.headers, host: `${host}:${port}`, 'content-length': '0' },
    };
    if (!secure) return http.request({ ...common, agent: from.plain });
    const ca = limits.certificateAuthorities;
    return https.request({
      ...common,
      agent: from.secure,
      // An address is checked against the certificate's addresses; a name is sent and checked as a name.
      servername: name === ip ? '' : name,
      ...(ca === '' ? {} : { ca }),
    });
  }

  return {
    exchange,
    close() {
      agents.plain.destroy();
      agents.secure.destroy();
    },
  };
}

/** Reports the phases of a socket that has been assigned to a request. */
function follow(socket: Socket, secure: boolean, enter: (phase: Phase) => void): void {
  if (!socket.connecting && !('secureConnecting' in socket && socket.secureConnecting === true)) {
    enter('headers');
    return;
  }
  socket.once('connect', () => enter(secure ? 'tls' : 'headers'));
  if (secure) socket.once('secureConnect', () => enter('headers'));
}

function read(
  response: IncomingMessage,
  settle: (answer: Answer) => void,
  give: (cause: FailureCause, detail: string) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > largestBodyBytes) give('too_large', `a body of more than ${largestBodyBytes} bytes`);
    else chunks.push(chunk);
  });
  response.on('error', (error) => give('connection_lost', errorCode(error)));
  response.on('end', () =>
    settle({
      ok: true,
      status: response.statusCode ?? 0,
      body: Buffer.concat(chunks).toString('utf8'),
    }),
  );
}

function causeOf(error: Error, phase: Phase): FailureCause {
  const code = errorCode(error);
  if (code.startsWith('HPE_')) return 'not_http';
  if (phase === 'connect') return code === 'ECONNREFUSED' ? 'refused' : 'unreachable';
  // OpenSSL's and Node's codes for a certificate that does not hold: `CERT_HAS_EXPIRED`,
  // `ERR_TLS_CERT_ALTNAME_INVALID` …
  if (phase === 'tls')
    return /CERT|ISSUER|SIGNATURE|INVALID_CA/.test(code) ? 'tls_certificate' : 'tls_failed';
  return 'connection_lost';
}
