/** What a service of your own needs to verify tokens: `docs/explanation/auth-client.md`. */
export { type Clock, systemClock } from '../../platform/clock.ts';
export { Deadline } from '../../platform/deadline.ts';
export { createLog, type Log } from '../../platform/log.ts';
export { type AuthClientOptions, type AuthLibrary, createAuthClient } from './client.ts';
export { type AuthClientSettings, defaultAuthClientSettings } from './settings.ts';
export type { AuthClient, Issue, Verification } from './types.ts';
