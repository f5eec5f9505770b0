import { exitCodes, Failure } from '../../failure.ts';
import { secretIn } from './secret-file.ts';

export interface AccountNamesOptions {
  /** `false`: by `--no-account-names`. */
  accountNames?: string | false;
  accountNamesKey?: string;
  accountNamesSecretFile?: string;
}

/** All three, or none. */
export async function accountNamesIn({
  accountNames: url,
  accountNamesKey: key,
  accountNamesSecretFile: file,
}: AccountNamesOptions): Promise<{ url: string; key: string; secret: string } | null | undefined> {
  if (url === undefined && key === undefined && file === undefined) return undefined;
  if (url === false && key === undefined && file === undefined) return null;
  if (!url || key === undefined || file === undefined)
    throw new Failure({
      what: 'Where a merchant tells account names is a URL with a key and a secret.',
      fix: 'Give --account-names URL, --account-names-key KEY and --account-names-secret-file FILE together, or --no-account-names alone.',
      exitCode: exitCodes.usage,
    });
  const rule = '1 to 200 letters, digits and signs';
  return { url, key, secret: await secretIn(file, { what: 'secret', form: /^[!-~]{1,200}$/, rule }) };
}

export function askedWhere(url: string | null): string {
  return url === null
    ? 'It is not asked any more whose an account is.'
    : `Before a customer pays, ${url} is asked whose the account is; the secret is not shown again.`;
}
