import type { InstanceMessage } from '../../../rollout/instance/state.ts';
import { isBackward, isFinished } from '../../../rollout/machine/phases.ts';
import type { Freeze, RolloutEvent, RolloutState } from '../../../rollout/machine/state.ts';
import type { Member, Traffic } from '../../../rollout/plan/waves.ts';
import type { AgentMessage } from '../../../rollout/protocol.ts';
import type { Batch, Instance } from '../../agents/registry.ts';

/** The environments a release travels through. Instances of any other are served, and not rolled out to. */
export const TESTING = 'testing';
export const PRODUCTION = 'production';

export interface Observed {
  readonly batch: Batch;
  readonly freezes: readonly Freeze[];
  /** Receipts of the batch whose signatures are good. */
  readonly receipts: readonly { instance: string; hash: string; passed: boolean; cause?: string }[];
  /**
   * What the instances did of late. Asked for, because few turns need it and it is a sum over the whole
   * fleet.
   */
  readonly traffic: () => Traffic;
  /**
   * The same by instance, with what it serves with: what it did with a release that was undone just now says
   * nothing of it.
   */
  readonly tallies: (pushed: string) => Extract<RolloutEvent, { type: 'baseline' }>['tallies'];
  /** Since when this process listens: before it, silence says nothing. */
  readonly since: number;
  readonly lostMs: number;
}

/** The events of one rollout that follow from what was seen, in the order in which they matter. */
export function eventsFor(state: RolloutState, observed: Observed, now: number): RolloutEvent[] {
  const { at } = state.phase;
  if (at === 'draft' || at === 'aborted') return [];
  const { batch, receipts, freezes } = observed;
  const left = leftOf(state, observed, now);
  const forward = !isFinished(at) && !isBackward(at);
  return [
    ...(sameFreezes(state.freezes, freezes) ? [] : [{ type: 'freeze' as const, freezes }]),
    ...left,
    ...joinedOf(state, left, observed, now),
    ...(forward && state.gate === null
      ? [
          {
            type: 'baseline' as const,
            tallies: observed.tallies(state.hash),
            traffic: observed.traffic(),
          },
        ]
      : []),
    ...receipts
      .filter(({ hash }) => hash === state.hash)
      .map(({ instance, passed, cause = 'it did not say why' }): RolloutEvent => {
        return { type: 'receipt', instance, passed, cause: passed ? '' : cause };
      }),
    ...batch.claims.flatMap(({ instance, seq, numbered: { message } }): RolloutEvent[] => {
      if (message.type === 'undo_ordered_here') {
        // What was to follow a release that is left has lost its way back.
        if (message.from !== state.hash && !(forward && message.from === state.undoTo)) return [];
        return [{ type: 'undo', by: `${message.by} at ${instance}`, reason: 'ordered at the instance' }];
      }
      const said = instanceMessage(message);
      return said === undefined ? [] : [{ type: 'claimed', instance, seq, message: said }];
    }),
    { type: 'beats', beats: batch.beats },
    ...(forward ? [{ type: 'outcomes' as const, reports: batch.outcomes }] : []),
    { type: 'tick' },
  ];
}

export function submitEvent(
  { instances, traffic }: { instances: readonly Instance[]; traffic: Traffic },
  heardSince: number,
  hindrance?: string,
): RolloutEvent {
  const members = (role: 'testing' | 'target') =>
    instances
      .filter(({ environment, heardAt }) => roleOf(environment) === role && heardAt >= heardSince)
      .map(memberOf);
  return {
    type: 'submit',
    testing: members('testing'),
    target: members('target'),
    traffic,
    ...(hindrance === undefined ? {} : { hindrance }),
  };
}

export function roleOf(environment: string): 'testing' | 'target' | undefined {
  if (environment === TESTING) return 'testing';
  return environment === PRODUCTION ? 'target' : undefined;
}

function leftOf(state: RolloutState, { batch, since, lostMs }: Observed, now: number): RolloutEvent[] {
  const heard = new Map(batch.instances.map((instance) => [instance.instance, instance]));
  return Object.entries(state.instances).flatMap(([name, { has }]): RolloutEvent[] => {
    if (has === 'gone') return [];
    const instance = heard.get(name);
    // It says of itself that it is going down; or it has forgotten everything, or is not heard any more.
    if (instance?.report.phase === 'down') return [{ type: 'left', instance: name, planned: true }];
    const lost = now - Math.max(since, instance?.heardAt ?? since) > lostMs;
    return lost || instance?.diskLost === true ? [{ type: 'left', instance: name, planned: false }] : [];
  });
}

function joinedOf(
  state: RolloutState,
  left: readonly RolloutEvent[],
  { batch, lostMs }: Observed,
  now: number,
): RolloutEvent[] {
  const gone = new Set(left.flatMap((event) => (event.type === 'left' ? [event.instance] : [])));
  return batch.instances.flatMap((instance): RolloutEvent[] => {
    const environment = roleOf(instance.environment);
    const has = state.instances[instance.instance]?.has;
    const known = has !== undefined && has !== 'gone' && !gone.has(instance.instance);
    const alive = now - instance.heardAt <= lostMs && instance.report.phase !== 'down';
    if (environment === undefined || known || !alive) return [];
    return [{ type: 'joined', member: memberOf(instance), environment }];
  });
}

/** What of a message the machine decides by; receipts and local undos come to it as events of their own. */
function instanceMessage(message: AgentMessage): InstanceMessage | undefined {
  if (message.type === 'receipt' || message.type === 'undo_ordered_here' || message.type === 'shown')
    return undefined;
  if (message.type !== 'refused') return message;
  const { key, cause, ...rest } = message;
  return { ...rest, cause: key === undefined ? cause : `${key}: ${cause}` };
}

function memberOf({ instance, cell }: Instance): Member {
  return { instance, cell };
}

function sameFreezes(a: readonly Freeze[], b: readonly Freeze[]): boolean {
  return a.length === b.length && a.every((freeze, index) => freeze.id === b[index]?.id);
}
