import type { Queryable } from '../../platform/database/database.ts';
import type { AppView } from '../contract/resources/directories/apps.ts';

/**
 * The clients of the service, kept by its authentication servers in the same database: control changes them
 * so that it is in the one journal, with who did it. Given by the process that composes both.
 */
export interface AppDirectory {
  list(client: Queryable): Promise<AppView[]>;
  /** Disabled: no new token, and every token that was issued ends. */
  setState(client: Queryable, id: string, state: AppView['state'], now: number): Promise<'done' | 'full'>;
  /** What it may ask for; `null`: everything. `refused`: why nothing was changed. */
  setProducts(
    client: Queryable,
    id: string,
    products: readonly string[] | null,
    now: number,
  ): Promise<'done' | { refused: string }>;
  /** Another secret, which is known to nobody from then on. */
  rotate(client: Queryable, id: string): Promise<{ consumerSecret: string } | { refused: string }>;
  /** Ends one token. `undefined`: the text has not the form of one. */
  revoke(
    client: Queryable,
    token: string,
    now: number,
  ): Promise<{ result: 'recorded' | 'full'; tokenId: string; app: string } | undefined>;
}
