import { ownSettlements } from '../../mpesa/catalogue.ts';

/**
 * Connections to the database that one process of each kind takes at most: a pool is no larger, whatever the
 * load. All processes on one database together must stay below its `max_connections`.
 */
export const connections = {
  /** Accepting pushes takes up to three of them (`mpesa/work-queue/acceptance-lane.ts`). */
  api: 8,
  /**
   * The books of an API process that sets balances of phones, on one machine alone: one lane and two readers.
   */
  phones: 3,
  /**
   * Pools apart, so that receivers that hang, or many requests, do not hold what paying needs; commits of
   * those of steps do not wait for the disk (`commitsLater`); the books
   * have two lanes and two readers; three listen: for pushes, for requests and for payments of customers;
   * one probes and voids holds that expired; two remove what is old. A product with rows of its own names the
   * size of its pool in its descriptor.
   */
  worker: {
    products: ownSettlements.reduce((sum, { pool }) => sum + pool.connections + (pool.steps ?? 0), 0),
    requests: 3,
    requestSteps: 3,
    payments: 3,
    paymentSteps: 2,
    delivery: 6,
    books: 4,
    hints: 3,
    upkeep: 1,
    retention: 2,
  },
} as const;

export const workerConnections = Object.values(connections.worker).reduce((sum, each) => sum + each, 0);
