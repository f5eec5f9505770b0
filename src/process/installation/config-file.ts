import { isJsonObject } from '../../config/canonical.ts';
import { type Change, diff } from '../../config/diff.ts';
import { merged, withOverlays } from '../../config/overlay.ts';
import { WrongConfiguration } from '../../platform/environment/read.ts';
import type { Environment } from '../../platform/environment/variables.ts';
import { platform, platformSchema } from '../document/platform.ts';
import { type ProcessEnvironment, readEnvironment } from '../main/environment.ts';
import { provedHere } from './proved-here.ts';
import { loadRelease, readChange } from './release.ts';

/** What the file of `IMARA_CONFIG` comes to, looked at before anything starts. */
export type ConfigFile =
  /** None is named, or all of it is in force. */
  | { kind: 'in force' }
  /** Releases were proved here since, and it says something else: it is passed over. */
  | { kind: 'differs'; file: string; changes: Change[] }
  /** `proved`: releases on the disk go before it, so everything starts without it (R8). */
  | { kind: 'bad'; file: string; why: string; proved: boolean };

/** `variables`: those of the supervisor, which tells the processes the rest. */
export async function lookAtConfigFile(variables: Environment): Promise<ConfigFile> {
  const environment = readEnvironment({
    ...variables,
    IMARA_PROFILE: 'local',
    IMARA_ENVIRONMENT: 'production',
    DATABASE_URL: 'postgres://nobody@127.0.0.1/none',
    IMARA_AUTH_SERVERS: 'http://127.0.0.1:4410',
  });
  const { configFile: file, home } = environment;
  if (file === undefined) return { kind: 'in force' };
  const proved = await provedHere(home);
  const why = faultOf(environment);
  if (why !== undefined) return { kind: 'bad', file, why, proved: proved !== undefined };
  if (proved === undefined) return { kind: 'in force' };
  const wanted = merged(proved.content, readChange(file), platformSchema);
  const schema = withOverlays(platform.schema, platform.environments);
  const changes = isJsonObject(wanted) ? diff(proved.content, wanted, schema) : [];
  return changes.length === 0 ? { kind: 'in force' } : { kind: 'differs', file, changes };
}

function faultOf(environment: ProcessEnvironment): string | undefined {
  try {
    loadRelease(environment);
    return undefined;
  } catch (error) {
    if (error instanceof WrongConfiguration) return error.message;
    throw error;
  }
}
