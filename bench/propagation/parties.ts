import Type from 'typebox';
import type { ConfigKind } from '../../src/config/check/check.ts';
import type { TrustedKey } from '../../src/rollout/signed/signed.ts';

/** What the processes of the bench agree on beforehand. */
export const SERVICE = 'shop';
const SCHEMA = 'shop/1';
export const TESTING_INSTANCE = 'test-1';
export const CONTROL_KEY = 'control-key';

/** A configuration of about a kilobyte. */
export const kind: ConfigKind = {
  id: SCHEMA,
  service: SERVICE,
  schema: Type.Object(
    { limit: Type.Integer({ minimum: 1 }), servers: Type.Array(Type.String()) },
    { additionalProperties: false },
  ),
  environments: ['testing', 'production'],
  checks: [],
};
export const builtIn = {
  limit: 1,
  servers: Array.from({ length: 30 }, (_, index) => `https://auth-${index + 1}.shop.example:8443`),
};

export interface ControlStart {
  databaseUrl: string;
  privateKey: string;
  keys: TrustedKey[];
  agentToken: string;
  /** Instances of the one wave. */
  agents: number;
}

export interface AgentsStart {
  url: string;
  token: string;
  keys: TrustedKey[];
  /** Instances in all processes. */
  fleetSize: number;
  /** The production instances of this process. */
  instances: string[];
  /** Set in one of them: the testing instance's private key. */
  testing: string | null;
}

/**
 * Sent by a process of agents: so many began to serve with a release (`null`: the built-in one), at these
 * times.
 */
export interface Switched {
  hash: string | null;
  /** ms since the epoch. */
  at: number[];
}
