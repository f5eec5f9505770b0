/** What a service of your own needs of the agent: `docs/how-to/use-the-agent.md`. */
export type { ConfigKind } from '../config/check.ts';
export { EndpointType } from '../config/endpoint.ts';
export { type Clock, systemClock } from '../platform/clock.ts';
export { createLog, type Log } from '../platform/log.ts';
export { instanceSigner } from '../rollout/signed/signature.ts';
export type { Signer, TrustedKey } from '../rollout/signed/signed.ts';
export { createAgent } from './agent.ts';
export type { Outcome } from './counters.ts';
export type { Serving } from './live.ts';
export type { Agent, AgentOptions, AgentStatus, Demands, ReceiptIssue } from './options.ts';
export type { Taste } from './taster/verdict.ts';
