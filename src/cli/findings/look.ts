import type { Home } from '../../supervisor/home/home.ts';
import type { Status } from '../../supervisor/status.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import type { Finding } from './finding.ts';

/** What finders look at. */
export interface Situation {
  home: Home;
  /** What the supervisor says; its `state` is `down` where there is none. */
  status: Status;
  /**
   * Control, asked as the operator of this home. Throws a `Failure` when it is not known where it is, or no
   * token is.
   */
  control(): Promise<ControlPlane>;
  /** When the signal of each finder ends; one that goes on all the same is given up soon after. */
  timeoutMs: number;
}

/** Looks at one part. What is wrong is a value; one that throws says that its part could not be looked at. */
export interface Finder {
  /** Of its findings, when it fails. */
  name: string;
  /** What it looks at: "the processes". */
  title: string;
  look(situation: Situation, signal: AbortSignal): Promise<readonly Finding[]>;
}

/** For a finder to say itself which of its questions was not answered. */
const GRACE_MS = 500;

/**
 * All at once, each within the time; in the order of `finders`. R10: what could not be looked at is not good.
 */
export async function look(finders: readonly Finder[], situation: Situation): Promise<Finding[]> {
  const found = await Promise.all(finders.map((finder) => lookOnce(finder, situation)));
  return found.flat();
}

async function lookOnce({ name, title, look }: Finder, situation: Situation): Promise<readonly Finding[]> {
  const { timeoutMs } = situation;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new Error(`nothing was found within ${timeoutMs / 1_000} s`));
    timer = setTimeout(giveUp, timeoutMs + GRACE_MS);
  });
  try {
    return await Promise.race([look(situation, AbortSignal.timeout(timeoutMs)), late]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ name, severity: 'bad', what: `${title} could not be looked at`, why }];
  } finally {
    clearTimeout(timer);
  }
}
