import { WrongConfiguration } from '../../platform/environment/read.ts';
import type { Log } from '../../platform/log.ts';
import type { ProcessEnvironment } from '../main/environment.ts';
import { provedHere } from './proved-here.ts';
import { type BuiltInRelease, loadRelease } from './release.ts';

/**
 * What a process starts from. R8: a file of `IMARA_CONFIG` that is wrong stops nobody who serves with what
 * was proved on the disk: the file is passed over, and that is said. `instance`: whose disk counts; any of
 * this home where that is nobody's.
 */
export async function builtInRelease(
  env: ProcessEnvironment,
  instance: string | undefined,
  log: Log,
): Promise<BuiltInRelease> {
  try {
    return loadRelease(env);
  } catch (error) {
    if (!(error instanceof WrongConfiguration) || env.configFile === undefined) throw error;
    if ((await provedHere(env.home, instance)) === undefined) throw error;
    log.error(
      { fault: error.message },
      'IMARA_CONFIG is wrong and is passed over: what was proved here goes before it',
    );
    return loadRelease({ ...env, configFile: undefined });
  }
}
