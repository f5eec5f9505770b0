import { HOST } from '../../supervisor/contract.ts';
import { vendorHosts } from '../../supervisor/home/credentials.ts';
import { homeOf } from '../../supervisor/home/home.ts';
import { askStatus, readState } from '../../supervisor/local-api.ts';
import { exitCodes, Failure } from '../failure.ts';
import { facts, print, printJson, say } from '../terminal/terminal.ts';

/**
 * What a client with a built-in host needs: a hosts entry, a certificate to trust, and the port that answers.
 */
export async function certs({ json, timeout }: { json?: true; timeout: number }): Promise<void> {
  const home = homeOf();
  const state = await readState(home);
  const apiTls = (state && (await askStatus(state, timeout * 1_000)))?.apiTls ?? null;
  if (apiTls === null) {
    throw new Failure({
      what: 'Imara is not up: the certificate is made, and its port is chosen, when it starts.',
      fix: 'Start it: npx imara up',
      exitCode: exitCodes.failed,
    });
  }
  const hosts = vendorHosts.map((name) => `${HOST} ${name}`);
  const certificate = home.tlsCertificateFile;
  if (json) return printJson({ apiTls, hosts, certificate });
  print(
    facts([
      ['API over TLS', apiTls],
      ...hosts.map((line): [string, string] => ['/etc/hosts', line]),
      ['certificate', certificate],
    ]),
  );
  say(
    `Trust it in the client: NODE_EXTRA_CA_CERTS=${certificate} (Node), REQUESTS_CA_BUNDLE or SSL_CERT_FILE (others).`,
  );
  if (new URL(apiTls).port !== '') {
    say(
      'A client with a built-in host asks on port 443: IMARA_TLS_PORT=443 npm start, with the right to listen there.',
    );
  }
}
