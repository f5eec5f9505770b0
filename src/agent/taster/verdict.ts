import type { Static, TSchema } from 'typebox';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { JsonObject } from '../../config/canonical.ts';

/** What the taster's child is handed. */
export interface Course {
  /**
   * The release on its way in; one that only switches off what is served; or what the instance would go back
   * to.
   */
  readonly purpose: 'release' | 'switch' | 'way back';
  readonly environment: string;
  /** With its `environments`. */
  readonly content: JsonObject;
  /** What is served with now, in the same form; of a release on its way in. */
  readonly served?: JsonObject;
  /** When the service's own try must be over, by the machine's monotonic clock in ms. */
  readonly tasteBy: number;
  /** When the process ends itself, should its parent have died. */
  readonly endMs: number;
}

export interface TasteContext<Document = unknown> {
  readonly purpose: Course['purpose'];
  readonly environment: string;
  /** What is served with now; of a release on its way in, where it is readable. */
  readonly served?: Document;
  /**
   * A value that does not work, and that this release is not to be refused for: it did not change it, and
   * what it needs works without it. People are shown it; at most `MOST_WARNINGS`.
   */
  warn(value: BadValue): void;
  /** Aborts shortly before the taster is killed, so that a wait can still be named as the cause. */
  readonly signal: AbortSignal;
}

/** A value that does not work: `key` as `auth.servers[0]`, `cause` for people, without secrets. */
export interface BadValue {
  readonly key: string;
  readonly cause: string;
}

/**
 * The service's own try of a document: builds from it what it would serve with, and uses it. Returns the
 * value that does not work, or nothing when all is well; what it throws is a refusal too. For a `way back`,
 * what matters is that it loads: an address that died since is a reason to leave that release, not to stay on
 * it. For a `switch` too: every value but the switch is served with already, and what does not work may be
 * why it is pulled.
 */
export type Taste<Schema extends TSchema> = (
  document: Static<Schema>,
  context: TasteContext<Static<Schema>>,
) => BadValue | undefined | Promise<BadValue | undefined>;

export const VERDICT_BYTES = 16_384;
/** So many, and so long, that a verdict of nothing but escapes fits. */
export const MOST_WARNINGS = 8;
export const WARNING_CHARS = { key: 80, cause: 240 } as const;

const Verdict = Type.Union([
  Type.Object({
    ok: Type.Literal(true),
    warnings: Type.Optional(
      Type.Array(Type.Object({ key: Type.String(), cause: Type.String() }), { maxItems: MOST_WARNINGS }),
    ),
  }),
  Type.Object({ ok: Type.Literal(false), key: Type.Optional(Type.String()), cause: Type.String() }),
]);
export type Verdict = Static<typeof Verdict>;

export function parseVerdict(line: string): Verdict | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return Value.Check(Verdict, value) ? value : undefined;
  } catch {
    // Whatever it is, it is no verdict.
    return undefined;
  }
}
