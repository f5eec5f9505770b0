import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { FailureCause } from './transport/failure.ts';
import type { Verification } from './types.ts';

export interface AuthMetrics {
  verified(result: Verification): void;
  attempted(outcome: 'answered' | FailureCause): void;
  issued(seconds: number): void;
}

type Outcome = 'accepted' | Extract<Verification, { ok: false }>['reason'];

/** Numbers of the client in a registry; without one they are counted and shown nowhere. */
export function createAuthMetrics(
  registry: Registry | undefined,
  keysetAgeSeconds: () => number,
): AuthMetrics {
  const registers = registry === undefined ? [] : [registry];
  // Counted as plain integers and handed over when asked: verification is the hottest path there is.
  const verifications: Record<Outcome, number> = {
    accepted: 0,
    malformed: 0,
    expired: 0,
    bad_signature: 0,
    revoked: 0,
    unknown_key: 0,
    unavailable: 0,
  };
  new Counter({
    name: 'auth_verifications_total',
    help: 'Tokens verified, by outcome; `unavailable` is ours, all other refusals are the caller’s',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(verifications)) this.inc({ outcome }, count);
    },
  });
  new Gauge({
    name: 'auth_keyset_age_seconds',
    help: 'Time since a server last published the keys; infinite before the first time',
    registers,
    collect() {
      this.set(keysetAgeSeconds());
    },
  });
  const attempts = new Counter({
    name: 'auth_attempts_total',
    help: 'Questions put to authentication servers, by outcome',
    labelNames: ['outcome'],
    registers,
  });
  const issues = new Histogram({
    name: 'auth_issue_duration_seconds',
    help: 'Time to get a token from the authentication servers, hedges included',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3],
    registers,
  });
  return {
    verified(result) {
      verifications[result.ok ? 'accepted' : result.reason] += 1;
    },
    attempted: (outcome) => attempts.inc({ outcome }),
    issued: (seconds) => issues.observe(seconds),
  };
}
