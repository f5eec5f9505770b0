/** What a service of your own needs of the agent: `docs/how-to/use-the-agent.md`. */
export type { ConfigKind } from '../config/check/check.ts';
export { EndpointType } from '../config/endpoint.ts';
export { type Clock, systemClock } from '../platform/clock.ts';
export { createLog, type Log } from '../platform/log.ts';
export { instanceSigner } from '../rollout/signed/signature.ts';
export type { Signer, TrustedKey } from '../rollout/signed/signed.ts';
export { createAgent } from './agent.ts';
export type { Agent, AgentOptions, AgentStatus, Demands, ReceiptIssue } from './options.ts';
export type { Serving } from './switch/live.ts';
export type { Taste } from './taster/verdict.ts';
export type { Outcome } from './thread/counters.ts';
