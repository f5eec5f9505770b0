import { X509Certificate } from 'node:crypto';

/**
 * Whether `pem` is one or more certificates and nothing is broken. TLS itself takes any text, trusts nobody
 * then, and says of each server that its certificate is wrong.
 */
export function areCertificates(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || blocks.length !== pem.split('-----BEGIN').length - 1) return false;
  try {
    for (const block of blocks) new X509Certificate(block);
    return true;
  } catch {
    return false;
  }
}
