import type { InstanceEvent, InstanceState } from '../../rollout/instance/state.ts';
import type { AgentMessage, ControlEvent } from '../../rollout/protocol.ts';
import type { LocalUndo } from '../local/socket.ts';
import type { FromLink } from '../thread/messages.ts';
import type { ShellOptions, ShellPorts } from './ports.ts';
import type { Receipts } from './receipts.ts';
import { shownOf } from './shown-release.ts';
import { verified } from './verify-statements.ts';

/**
 * What comes over the link: events of control, orders given on the spot, and how the link fares. Owns whether
 * control is heard and what it said last of changes elsewhere. Woken by the link alone. It must not believe
 * what control did not sign; an undo needs no signature.
 */
export interface Hearing {
  /** Whether control says that a change is under way in the service. */
  readonly underWay: boolean;
  readonly connected: { readonly stream: boolean; readonly report: boolean };
  fromLink(message: FromLink): void;
}

export function createHearing(
  { instance, keys, receipts }: Pick<ShellOptions, 'instance' | 'keys'> & { receipts: Receipts | undefined },
  {
    disk: { outbox },
    serve,
    counters,
    clock,
    signature,
    log,
  }: Pick<ShellPorts, 'disk' | 'serve' | 'counters' | 'clock' | 'signature' | 'log'>,
  core: {
    state(): InstanceState;
    dispatch(event: InstanceEvent): void;
    tell(message: AgentMessage): void;
    tellOrdered(order: LocalUndo): void;
  },
): Hearing {
  const connected = { stream: false, report: false };
  let underWay = false;

  return {
    get underWay() {
      return underWay;
    },
    get connected() {
      return { ...connected };
    },
    fromLink(message) {
      switch (message.type) {
        case 'event':
          fromControl(message.event, message.sentAt);
          counters.handled();
          break;
        case 'order': {
          const { type: _, ...order } = message;
          log.warn(order, 'undo ordered over the local socket');
          core.dispatch({ type: 'undo', rollout: order.rollout ?? null, from: order.from, to: order.to });
          core.tellOrdered(order);
          counters.handled();
          break;
        }
        case 'acknowledged':
          outbox.acknowledge(message.seq);
          break;
        case 'under_way':
          underWay = message.underWay;
          break;
        case 'contact':
          // What control said last is old news by then.
          if (message.part === 'report' && !message.ok) underWay = false;
          log.info(message, 'contact with control');
          connected[message.part] = message.ok;
          break;
        case 'note':
          log.warn(message.text);
          break;
        default:
          message satisfies never;
      }
    },
  };

  function fromControl(event: ControlEvent, sentAt: number): void {
    switch (event.type) {
      case 'offer':
        core.dispatch({ type: 'offered', envelope: event.envelope });
        break;
      case 'renewal': {
        const renewal = verified(event.renewal, { keys: keys(), instance }, signature);
        if (renewal !== undefined) core.dispatch({ type: 'renewed', renewal, sentAt });
        break;
      }
      case 'proof': {
        const proof = verified(event.proof, { keys: keys(), instance }, signature);
        // Said again by control to an instance that only boots: there is nothing to prove yet.
        if (proof === undefined || serve.current === undefined) break;
        const { live, probes } = counters.totals(serve.current.stretch);
        const outcomes = [...Object.values(live), ...Object.values(probes)].reduce((a, b) => a + b, 0);
        core.dispatch({ type: 'proved', proof, signed: event.proof, outcomes, epochMs: clock.epoch() });
        break;
      }
      case 'undo':
        core.dispatch(event);
        break;
      case 'show':
        show(event.hash);
        break;
      default:
        event satisfies never;
    }
  }

  /**
   * Not by way of the log: a release holds secrets. One at a time, because two would be too much for a
   * report.
   */
  function show(hash: string): void {
    receipts?.signAgain();
    const message = shownOf(core.state().memory.ring, hash);
    const waits = outbox.pending.some((pending) => pending.message.type === 'shown');
    if (message !== undefined && !waits) core.tell(message);
  }
}
