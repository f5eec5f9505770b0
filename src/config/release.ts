import { type ContentHash, contentHash, type JsonObject } from './canonical.ts';

/** One immutable version of a service's configuration, the same for all environments. */
export interface Release {
  readonly service: string;
  /** Id of the `ConfigKind` it was checked by. */
  readonly schema: string;
  /** Counts the releases of the service from 1. */
  readonly sequence: number;
  /** With its `environments`; an instance sees `documentFor(content, environment)`. */
  readonly content: JsonObject;
  /** Of service, schema and content: what receipts, leases and capsules speak of. */
  readonly hash: ContentHash;
  /** The release it was made from; `null` for a service's first. */
  readonly parent: ContentHash | null;
  readonly author: string;
  readonly reason: string;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
}

export function newRelease(facts: Omit<Release, 'hash'>): Release {
  return { ...facts, hash: releaseHash(facts) };
}

/** Whether the content is the one that the hash names. */
export function isIntact(release: Release): boolean {
  return release.hash === releaseHash(release);
}

function releaseHash({ service, schema, content }: Omit<Release, 'hash'>): ContentHash {
  return contentHash({ service, schema, content });
}
