import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { CertificateView } from '../../../control/contract/resources/directories/merchants/one.ts';
import type { Refused } from '../../../control/directories/merchants.ts';
import { refuse } from './numbers.ts';

/**
 * The certificate of an installation, once it is seen to belong to the key that its workers open credentials
 * with.
 */
export async function readCertificate({
  certificateFile,
  privateKey,
}: {
  certificateFile: string;
  /** PEM. */
  privateKey: () => string;
}): Promise<CertificateView | Refused> {
  const text = await readFile(certificateFile, 'utf8').catch(() => undefined);
  if (text === undefined)
    return refuse(
      'not_found',
      `${certificateFile} cannot be read: give control the IMARA_HOME that has the certificate of IMARA_CREDENTIAL_KEY`,
    );
  const certificate = new X509Certificate(text);
  if (!certificate.checkPrivateKey(createPrivateKey(privateKey())))
    return refuse(
      'no_effect',
      `${certificateFile} is not the certificate of IMARA_CREDENTIAL_KEY, so what it encrypts nobody could open: put the right one there`,
    );
  return {
    certificate: certificate.toString(),
    subject: certificate.subject,
    sha256: certificate.fingerprint256,
    validUntil: new Date(certificate.validTo).toISOString(),
  };
}
