import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  CountBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleType,
} from 'cockatiel';
import { type Asked, type Failure, failure } from './failure.ts';

const mostInFlightEach = 64;
/** Attempts at once against one endpoint that is known to be out, when no other is left. */
const mostDesperateEach = 8;

/** What stands before one endpoint: a breaker, and a bound on what is in flight. */
export interface EndpointGate {
  admits(desperate: boolean): boolean;
  /** `desperate`: past the breaker. */
  pass<T>(
    work: () => Promise<Asked<T>>,
    counts: (failed: Failure) => boolean,
    desperate: boolean,
  ): Promise<Asked<T>>;
}

export function createEndpointGate(id: string): EndpointGate {
  const breaker: CircuitBreakerPolicy = circuitBreaker(handleType(AttemptFailed), {
    breaker: new CountBreaker({ threshold: 0.5, size: 20, minimumNumberOfCalls: 5 }),
    halfOpenAfter: new ExponentialBackoff({ initialDelay: 1_000, maxDelay: 10_000 }),
  });
  let inFlight = 0;
  // cockatiel lets callers queue, without a deadline, behind the probe of a half-open breaker: they are sent
  // on.
  const admits = (desperate: boolean) =>
    desperate
      ? inFlight < mostDesperateEach
      : breaker.state !== CircuitState.HalfOpen && inFlight < mostInFlightEach;

  async function pass<T>(
    work: () => Promise<Asked<T>>,
    counts: (failed: Failure) => boolean,
    desperate: boolean,
  ): Promise<Asked<T>> {
    if (!admits(desperate)) return failure('busy', `${id} has its most attempts in flight`);
    inFlight += 1;
    try {
      if (desperate) return await work();
      return await breaker.execute(async () => {
        const outcome = await work();
        if (!outcome.ok && (counts(outcome) || breaker.state === CircuitState.HalfOpen)) {
          throw new AttemptFailed(outcome);
        }
        return outcome;
      });
    } catch (error) {
      if (error instanceof AttemptFailed) return error.failure;
      if (error instanceof BrokenCircuitError) return failure('breaker_open', `${id} is known to be out`);
      throw error;
    } finally {
      inFlight -= 1;
    }
  }

  return { admits, pass };
}

class AttemptFailed extends Error {
  readonly failure: Failure;

  constructor(outcome: Failure) {
    super(outcome.detail);
    this.failure = outcome;
  }
}
