/**
 * A restart of many instances, as the governor keeps it: plain data, so that it can be written down at any
 * moment and continued by any process that reads it. Times are milliseconds of the Unix epoch, which outlive
 * a process.
 *
 *   stage      the instance                                   left by
 *   waiting    was not touched                                the governor takes it → draining
 *   draining   finishes what it has begun                     it has stopped → stopped · still serves at the deadline → waiting
 *   stopped    is not there                                   a start is free within the cap → starting
 *   starting   was spawned, does not serve yet                it serves → warming · deadline → failed
 *   warming    serves, was not found healthy yet              healthy → proving · gone or deadline → failed
 *   proving    is healthy, not for long enough yet            healthy for `proveMs` → done · gone or deadline → failed
 *   done       serves, started after the request
 *   failed     was started, and not proved in time; its supervisor goes on with it
 *
 * Whatever was started after the request, by whomever, needs no restart: it goes on from `starting`. From
 * every stage but `done` a stopped instance goes to `stopped`, and from there it is started, whatever else
 * happens: none is left behind.
 */
export type Stage =
  | 'waiting'
  | 'draining'
  | 'stopped'
  | 'starting'
  | 'warming'
  | 'proving'
  | 'done'
  | 'failed';

/**
 *   mode        holds when                              left by
 *   running     instances are taken                     health falls → paused · all over → done
 *   paused      health fell: none is taken              health good for `settleMs` → running · `pauseMs` → giving-up
 *   giving-up   none will be taken any more             none is in hand → gave-up
 *   done        every instance is done, or failed within the allowance
 *   gave-up     some were not restarted; `why` says why
 *
 * From running and paused, too many failures, the deadline and a cancellation lead to giving-up.
 */
export type RestartMode = 'running' | 'paused' | 'giving-up' | 'done' | 'gave-up';

export interface Target {
  name: string;
  /** What its budget is counted in: the instances of one service in one cell. */
  pool: string;
  /** Targets of a lower phase are over before one of a higher phase is taken. */
  phase: number;
  stage: Stage;
  /** Of its stage. */
  deadlineAt: number;
  /** Since when it was found healthy at each sight; `null` when it is not. */
  healthySince: number | null;
}

export interface Restart {
  id: string;
  reason: string;
  requestedAt: number;
  deadlineAt: number;
  mode: RestartMode;
  /** Why it is paused, or why it gave up. */
  why: string | null;
  /** Since when it is paused. */
  pausedAt: number | null;
  /** Since when health is good again. */
  goodSince: number | null;
  /** In the order they are taken in. */
  targets: Target[];
  wave: { phase: number; number: number; size: number; taken: number };
  /** When the last instances were started: as many as may start within a second. */
  starts: number[];
  /** Instances that were sick when it began: their sickness is no news. */
  sickBefore: string[];
}

/** What the governor is shown of an instance; every instance of a pool, not only those it restarts. */
export interface Sight {
  name: string;
  pool: string;
  /** `stopped`: away, and comes back only when it is started. */
  state: 'serving' | 'away' | 'stopped';
  /** Of the process that is there, or was last. */
  startedAt: number;
  health: 'good' | 'bad' | 'unknown';
}

export interface RestartPolicy {
  /** Of a pool, at most this share is away at once, whatever the cause; one instance may always be. */
  awayShare: number;
  /**
   * Each wave is at most this many times as large as the one before; the first of a phase is one instance.
   */
  waveGrowth: number;
  startsPerSecond: number;
  /** This many instances may fail before it gives up. */
  failuresAllowed: number;
  drainMs: number;
  startMs: number;
  warmMs: number;
  /** So long an instance must be healthy without a break to be proved … */
  proveMs: number;
  /** … within this. */
  proveWithinMs: number;
  /** So long health must be good again before a pause ends … */
  settleMs: number;
  /** … and so long a pause may last. */
  pauseMs: number;
  /** For the whole. */
  totalMs: number;
}

export const defaultRestartPolicy: RestartPolicy = {
  awayShare: 0.25,
  waveGrowth: 2,
  startsPerSecond: 5,
  failuresAllowed: 0,
  drainMs: 30_000,
  startMs: 60_000,
  warmMs: 30_000,
  proveMs: 1_000,
  proveWithinMs: 30_000,
  settleMs: 1_000,
  pauseMs: 60_000,
  totalMs: 1_800_000,
};

export interface RestartRequest {
  id: string;
  reason: string;
  targets: readonly Pick<Target, 'name' | 'pool' | 'phase'>[];
}

/**
 * A restart that has not touched anything yet. `random`: in [0, 1); within a phase the order is a random one.
 */
export function begin(
  { id, reason, targets }: RestartRequest,
  fleet: readonly Sight[],
  now: number,
  policy: RestartPolicy,
  random: () => number,
): Restart {
  const drawn = targets.map((target) => ({ target, lot: random() }));
  drawn.sort((a, b) => a.target.phase - b.target.phase || a.lot - b.lot);
  return {
    id,
    reason,
    requestedAt: now,
    deadlineAt: now + policy.totalMs,
    mode: 'running',
    why: null,
    pausedAt: null,
    goodSince: null,
    targets: drawn.map(({ target: { name, pool, phase } }) => ({
      name,
      pool,
      phase,
      stage: 'waiting',
      deadlineAt: now + policy.totalMs,
      healthySince: null,
    })),
    wave: { phase: -1, number: 0, size: 0, taken: 0 },
    starts: [],
    sickBefore: fleet.filter((one) => !isWell(one)).map(({ name }) => name),
  };
}

export function isWell({ state, health }: Sight): boolean {
  return state === 'serving' && health === 'good';
}

const inHandStages: readonly Stage[] = ['draining', 'stopped', 'starting', 'warming', 'proving'];

/** Whether the governor has it away from its work now. */
export function isInHand({ stage }: Pick<Target, 'stage'>): boolean {
  return inHandStages.includes(stage);
}

export function isOver({ mode }: Pick<Restart, 'mode'>): boolean {
  return mode === 'done' || mode === 'gave-up';
}
