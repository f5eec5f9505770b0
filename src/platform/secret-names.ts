/**
 * How what must not be seen is named: in what we write ourselves, and in what comes from others (headers,
 * keys of configuration). `config/`, which imports nothing of ours, has the same words in `secret.ts`; a test
 * holds the two together.
 */
export const secretNames = [
  'authorization',
  'password',
  'passkey',
  'secret',
  'consumerSecret',
  'securityCredential',
  'SecurityCredential',
  'Password',
  'access_token',
  'token',
  'pin',
];

const NAMED_LIKE_ONE = /auth|cookie|credential|key|pass|private|secret|signature|token|(^|[^a-z])pin$|Pin$/i;

/** Whether a name is like that of a secret: rather one too many than one too few. */
export function isSecretName(name: string): boolean {
  return NAMED_LIKE_ONE.test(name);
}
