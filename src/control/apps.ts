import type { Database, DatabaseClient } from '../platform/database.ts';

type Queryable = Database | DatabaseClient;

/** A client of the service, as its authentication servers know it. */
export interface AppView {
  id: string;
  name: string;
  consumerKey: string;
  state: 'active' | 'disabled';
}

/**
 * The clients of the service, kept by its authentication servers in the same database: control changes them so that it is in the one
 * journal, with who did it. Told by the process that composes both.
 */
export interface AppDirectory {
  list(client: Queryable): Promise<AppView[]>;
  /** Disabled: no new token, and every token that was issued ends. */
  setState(client: Queryable, id: string, state: AppView['state'], now: number): Promise<'done' | 'full'>;
  /** Ends one token. `undefined`: the text has not the form of one. */
  revoke(
    client: Queryable,
    token: string,
    now: number,
  ): Promise<{ result: 'recorded' | 'full'; tokenId: string; app: string } | undefined>;
}
