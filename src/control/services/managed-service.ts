import type { TSchema } from 'typebox';
import type { JsonObject } from '../../config/canonical.ts';
import type { ConfigKind } from '../../config/check/check.ts';
import type { RolloutPolicy } from '../../rollout/machine/state.ts';

/** A service whose configuration control delivers. */
export interface ManagedService {
  readonly kind: ConfigKind<TSchema>;
  /** What its instances serve with before the first release: what the first change is merged into. */
  readonly builtIn: () => JsonObject;
  /** How a change travels where this is in force; `usual`: control's own settings. */
  readonly policy?: (inForce: JsonObject, usual: RolloutPolicy) => RolloutPolicy;
  /** The section of the document that says so. Nobody but control reads it. */
  readonly rules?: string;
  /** As many approvals its instances insist on, where control knows. */
  readonly insisted?: (usual: RolloutPolicy) => number;
}
