import { isIP } from 'node:net';
import { Type } from 'typebox';
import { addressAllowed, checkUrl } from '../../delivery/attempt/target.ts';
import { type TargetRules, targetRules } from '../../delivery/settings.ts';
import { builtIn, section } from '../../platform/settings.ts';
import type { Field } from './field.ts';

export interface CallbackUrlRules extends TargetRules {
  /** Refused anywhere in the URL, in any case. */
  forbiddenWords: readonly string[];
}

const MAX_LENGTH = 2_000;

/** The section that says which addresses a request may name. */
export const callbackUrlSettings = (description: string, words: string[] = []) =>
  section(
    {
      ...targetRules,
      // The vendor applies its list to C2B; callbacks of pushes often hold "mpesa".
      forbiddenWords: builtIn(
        words,
        Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
          description: 'Refused anywhere in the URL, in any case.',
          maxItems: 64,
        }),
      ),
    },
    description,
  );

/**
 * An address the API may call back, as it was written. Only what the text itself shows is judged here: where
 * a name leads is found out at delivery, which refuses private addresses after resolution.
 */
export const callbackUrl: Field<string, CallbackUrlRules> = {
  schema: Type.String({ format: 'uri', maxLength: MAX_LENGTH }),
  read: readUrl,
};

function readUrl(value: unknown, settings: CallbackUrlRules): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return undefined;
  const verdict = checkUrl(value, settings);
  if (!verdict.ok || !hostAllowed(verdict.target.hostname, settings)) return undefined;
  return forbiddenWordIn(value, settings) === undefined ? value : undefined;
}

/** The first word of the setting that the URL has. */
export function forbiddenWordIn(
  url: string,
  { forbiddenWords }: Pick<CallbackUrlRules, 'forbiddenWords'>,
): string | undefined {
  if (forbiddenWords.length === 0) return undefined;
  const lower = url.toLowerCase();
  return forbiddenWords.find((word) => lower.includes(word.toLowerCase()));
}

function hostAllowed(hostname: string, settings: CallbackUrlRules): boolean {
  if (isIP(hostname) !== 0) return addressAllowed(hostname, settings);
  if (settings.allowPrivateTargets) return true;
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  return name.includes('.') && !name.endsWith('.localhost') && !name.endsWith('.local');
}
