import type { ControlEvent, NumberedMessage } from '../../rollout/protocol.ts';
import type { InstanceView } from '../link/instance-view.ts';
import type { LinkOptions } from '../link/link.ts';
import type { ControlAddress } from '../link/transport.ts';
import type { LocalUndo } from '../local/socket.ts';

/** What the link's thread is started with. */
export interface ThreadStart
  extends Pick<LinkOptions, 'id' | 'boot' | 'fleetSize' | 'firstBeat' | 'schemas' | 'log' | 'endings'> {
  readonly control: ControlAddress;
  readonly counters: SharedArrayBuffer;
  readonly directory: string;
  readonly blockedMs: number;
  /** What the instance is at this moment, and all that it has to tell: the first report says both. */
  readonly view: InstanceView;
  readonly pending: readonly NumberedMessage[];
}

/** From the serving thread. */
export type ToLink =
  | { readonly type: 'view'; readonly view: InstanceView }
  /**
   * With the view that the messages led to: a report that says `taken` and shows the old release would be
   * taken for a fall.
   */
  | { readonly type: 'tell'; readonly messages: readonly NumberedMessage[]; readonly view: InstanceView }
  | { readonly type: 'close' };

/** To the serving thread. Every `event` and `order` is answered by one `handled` in shared memory. */
export type FromLink =
  | { readonly type: 'event'; readonly event: ControlEvent; readonly sentAt: number }
  | ({ readonly type: 'order' } & LocalUndo)
  | { readonly type: 'acknowledged'; readonly seq: number }
  | { readonly type: 'under_way'; readonly underWay: boolean }
  | {
      readonly type: 'contact';
      readonly part: 'stream' | 'report';
      readonly ok: boolean;
      readonly reason: string;
    }
  | { readonly type: 'note'; readonly text: string };
