import { closeSync, openSync, readSync } from 'node:fs';
import { Value } from 'typebox/value';
import { defaultAuthClientSettings } from '../../auth/client/settings.ts';
import { defaultAuthServerSettings } from '../../auth/server/settings.ts';
import { contentHash, isJsonObject, type JsonObject, plainJson } from '../../config/canonical.ts';
import { check } from '../../config/check/check.ts';
import { choicesText } from '../../config/check/nearest.ts';
import type { Problem } from '../../config/check/problem.ts';
import { documentFor, merged } from '../../config/overlay.ts';
import { MOST_BYTES, readDocument } from '../../config/read.ts';
import { policyOf, settingsOf } from '../../control/leader/rollout-settings.ts';
import {
  type ControlSettings,
  defaultControlSettings,
  localControlSettings,
} from '../../control/settings.ts';
import { defaultDeliverySettings } from '../../delivery/settings.ts';
import { defaultHandsetSettings } from '../../handset/behaviour.ts';
import { mpesaSettings } from '../../mpesa/catalogue.ts';
import { defaultAccountSettings } from '../../mpesa/parties/accounts/accounts.ts';
import { WrongConfiguration } from '../../platform/environment/read.ts';
import { retentionSettings } from '../../platform/retention/settings.ts';
import { defaultsOf } from '../../platform/settings.ts';
import { type PlatformDocument, platform, platformSchema } from '../document/platform.ts';
import { serving } from '../document/serving.ts';
import type { ProcessEnvironment } from '../main/environment.ts';

/**
 * The configuration a process serves with. One object for as long as the release lasts: parts may compare it.
 */
export interface ActiveRelease {
  /**
   * First characters of the change's content hash, shown by metrics and `imara status`; `null`: no change.
   */
  version: string | null;
  document: PlatformDocument;
}

/** What an instance serves with before any release was proved on it. */
export interface BuiltInRelease extends ActiveRelease {
  /** The whole document, with what differs in each environment: what the first release changes. */
  content: JsonObject;
}

/**
 * The built-in configuration with the changes of `IMARA_CONFIG`. Throws an error that lists every problem: a
 * process does not start on a configuration that it cannot read.
 */
export function loadRelease(environment: ProcessEnvironment): BuiltInRelease {
  const { configFile, environment: own } = environment;
  if (!platform.environments.includes(own)) {
    const choices = choicesText('environments', platform.environments, own);
    throw new WrongConfiguration(`there is no environment ${own} (IMARA_ENVIRONMENT): ${choices}`);
  }
  const change = configFile === undefined ? undefined : readChange(configFile);
  const whole = merged(builtIn(environment), change ?? {}, platformSchema);
  if (!isJsonObject(whole)) throw new Error('an object merged into an object is none');
  const problems = check(platform, whole, change);
  if (problems.length > 0)
    throw new WrongConfiguration(`${configFile ?? 'the configuration'}:\n${problems.map(line).join('\n')}`);
  const document = documentFor(whole, environment.environment);
  if (!Value.Check(platformSchema, document)) throw new Error('a checked document fails its own schema');
  return {
    version: change === undefined ? null : versionOf(contentHash(change)),
    document,
    content: whole,
  };
}

/** What people and metrics are shown of a content hash. */
export function versionOf(hash: string): string {
  return hash.replace('sha256:', '').slice(0, 12);
}

/** Defaults stand beside the settings they belong to; here they become one document. */
function builtIn({ profile, authServers, testingAuthServers }: ProcessEnvironment): JsonObject {
  const { issuer: _, ...tokens } = defaultAuthServerSettings;
  const document = {
    auth: { ...defaultAuthClientSettings, servers: authServers, tokens },
    serving: defaultsOf(serving),
    mpesa: defaultsOf(mpesaSettings),
    accounts: defaultAccountSettings,
    delivery: defaultDeliverySettings,
    handset: defaultHandsetSettings,
    retention: defaultsOf(retentionSettings),
    rollouts: settingsOf((profile === 'local' ? localControlSettings : defaultControlSettings).policy),
  };
  const local = { allowPlainHttp: true, allowPrivateTargets: true };
  // One machine is shared with whatever else its person does: a wait of half a second is no overload there.
  const patience = { maxAgeMs: 1_000, overloadedAfterMs: 1_000, overloadedMaxAgeMs: 200 };
  const ofProfile =
    profile === 'local'
      ? {
          mpesa: {
            stk: { callbackUrl: local },
            // Clients have the vendor's certificate built in, and nobody else has its key.
            requests: { callbackUrl: local, securityCredential: 'lenient' },
            // As the vendor's sandbox.
            c2b: { callbackUrl: local, registerAgain: 'overwrites' },
            pull: { callbackUrl: local },
            standingOrders: { callbackUrl: local },
            billManager: { callbackUrl: local },
          },
          delivery: local,
          serving: { queue: patience },
          // Who plays here for days finds the phones with money each morning.
          accounts: { dailyRefillShillings: defaultAccountSettings.openingBalanceShillings },
        }
      : {};
  // A token of one environment is no token in the other. In testing the receivers are the process's own.
  const environments = {
    testing: {
      mpesa: {
        stk: { callbackUrl: local },
        requests: { callbackUrl: local },
        c2b: { callbackUrl: local, registerAgain: 'overwrites' },
      },
      delivery: local,
      auth: {
        issuer: 'imara-testing',
        ...(testingAuthServers.length === 0 ? {} : { servers: testingAuthServers }),
      },
    },
    production: { auth: { issuer: 'imara-production' } },
  };
  const whole = merged(plainJson({ ...document, environments }), ofProfile);
  if (!isJsonObject(whole)) throw new Error('the built-in configuration is not an object');
  return whole;
}

/**
 * How a change travels where this release is in force; as `usual` where it is one of an Imara that did not
 * say.
 */
export function rolloutPolicy(
  inForce: JsonObject,
  usual: ControlSettings['policy'],
): ControlSettings['policy'] {
  const document = documentFor(inForce, 'production');
  return Value.Check(platformSchema, document) ? policyOf(document.rollouts, usual) : usual;
}

/** What the file changes; throws an error for people when it cannot be read. */
export function readChange(file: string): JsonObject {
  const wrong = (why: string) =>
    new WrongConfiguration(`the configuration file ${file} cannot be read: ${why}`);
  let text: string;
  try {
    text = beginningOf(file);
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
  if (text.trim() === '') return {};
  const read = readDocument(text);
  if (!read.ok) throw wrong(read.reason);
  return read.value;
}

/** No more of it than one byte over what is taken, whatever the file is. */
function beginningOf(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read)
      read = readSync(descriptor, buffer, length, buffer.length - length, null);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(descriptor);
  }
}

function line({ path, value, reason, advice }: Problem): string {
  const shown = value === undefined ? '' : ` = ${JSON.stringify(value)}`;
  return `  ${path}${shown} ${reason}; ${advice}`;
}
