import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { generate } from 'selfsigned';
import { variable } from '../../platform/environment/read.ts';
import type { Environment } from '../../platform/environment/variables.ts';
import { replaceFile } from '../../platform/files/atomic-file.ts';
import type { Home } from './home.ts';

/** What a client of the local M-Pesa needs, as the vendor's sandbox gives it out. */
export interface Credentials {
  consumerKey: string;
  consumerSecret: string;
  shortCode: string;
  passkey: string;
  initiatorName: string;
  initiatorPassword: string;
  /** Path of the X.509 certificate with which a client makes its SecurityCredential. */
  certificate: string;
}

/** The vendor's sandbox publishes these; a client that has them built in works here unchanged. */
const published = {
  shortCode: '174379',
  passkey: 'bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919',
  initiatorName: 'testapi',
  initiatorPassword: 'Safaricom999!*!',
} as const;

/** The hosts that clients have built in. */
export const vendorHosts = ['sandbox.safaricom.co.ke', 'api.safaricom.co.ke'] as const;

const CERTIFICATE_YEARS = 10;

/**
 * The credentials of this home: made once, then read. `IMARA_CONSUMER_KEY` and `IMARA_CONSUMER_SECRET` stand
 * in for the made ones while they are set.
 */
export async function loadCredentials(home: Home, environment?: Environment): Promise<Credentials> {
  const [kept] = await Promise.all([
    keptCredentials(home),
    makeCertificate(home),
    makeTlsCertificate(home),
    makeSecret(home.keySecretFile),
    makeSecret(home.tokenSecretFile),
  ]);
  return {
    ...kept,
    consumerKey: variable('IMARA_CONSUMER_KEY', environment) ?? kept.consumerKey,
    consumerSecret: variable('IMARA_CONSUMER_SECRET', environment) ?? kept.consumerSecret,
    certificate: home.certificateFile,
  };
}

async function keptCredentials(home: Home): Promise<Credentials> {
  const made: Credentials = {
    consumerKey: randomBytes(24).toString('hex'),
    consumerSecret: randomBytes(32).toString('hex'),
    ...published,
    certificate: home.certificateFile,
  };
  if (!existsSync(home.credentialsFile)) {
    await replaceFile(home.credentialsFile, `${JSON.stringify(made, null, 2)}\n`);
    return made;
  }
  const kept: Partial<Credentials> = JSON.parse(await readFile(home.credentialsFile, 'utf8'));
  if (typeof kept.consumerKey === 'string' && typeof kept.consumerSecret === 'string') {
    return { ...made, ...kept };
  }
  throw new Error(
    `${home.credentialsFile} names no consumerKey and consumerSecret; delete it to have it made again`,
  );
}

/**
 * The vendor's private key is not ours to have, so a credential that can be checked needs a certificate of
 * our own.
 */
function makeCertificate(home: Home): Promise<void> {
  return certify('Imara SecurityCredential', home.certificateFile, home.certificateKeyFile);
}

/**
 * For clients whose host is built in: a hosts entry leads them here, and they are set to trust this
 * certificate.
 */
function makeTlsCertificate(home: Home): Promise<void> {
  return certify('Imara', home.tlsCertificateFile, home.tlsKeyFile, [
    { name: 'basicConstraints', cA: true, critical: true },
    {
      name: 'subjectAltName',
      altNames: [
        ...[...vendorHosts, 'localhost'].map((value) => ({ type: 2 as const, value })),
        { type: 7, ip: '127.0.0.1' },
      ],
    },
  ]);
}

async function certify(
  commonName: string,
  certificateFile: string,
  keyFile: string,
  extensions?: NonNullable<Parameters<typeof generate>[1]>['extensions'],
): Promise<void> {
  if (existsSync(certificateFile) && existsSync(keyFile)) return;
  // Nearly every command reads credentials, few make a certificate: two hundred modules are loaded here.
  const { generate } = await import('selfsigned');
  const notAfterDate = new Date();
  notAfterDate.setFullYear(notAfterDate.getFullYear() + CERTIFICATE_YEARS);
  const pems = await generate([{ name: 'commonName', value: commonName }], {
    keySize: 2048,
    algorithm: 'sha256',
    notAfterDate,
    ...(extensions === undefined ? {} : { extensions }),
  });
  await replaceFile(keyFile, pems.private);
  await replaceFile(certificateFile, pems.cert);
}

async function makeSecret(file: string): Promise<void> {
  if (!existsSync(file)) await replaceFile(file, `${randomBytes(32).toString('base64url')}\n`);
}
