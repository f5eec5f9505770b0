import { isIP } from 'node:net';
import { addressAllowed, checkUrl } from '../../delivery/target.ts';
import type { CallbackUrlSettings } from '../api/settings.ts';

const MAX_LENGTH = 2_000;

/**
 * An address the API may call back, as it was written, or `undefined`. Only what the text itself shows is judged here:
 * where a name leads is found out at delivery, which refuses private addresses after resolution.
 */
export function callbackUrl(value: unknown, settings: CallbackUrlSettings): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return undefined;
  const verdict = checkUrl(value, settings);
  if (!verdict.ok || !hostAllowed(verdict.target.hostname, settings)) return undefined;
  if (settings.forbiddenWords.length > 0) {
    const lower = value.toLowerCase();
    if (settings.forbiddenWords.some((word) => lower.includes(word.toLowerCase()))) return undefined;
  }
  return value;
}

function hostAllowed(hostname: string, settings: CallbackUrlSettings): boolean {
  if (isIP(hostname) !== 0) return addressAllowed(hostname, settings);
  if (settings.allowPrivateTargets) return true;
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  return name.includes('.') && !name.endsWith('.localhost') && !name.endsWith('.local');
}
