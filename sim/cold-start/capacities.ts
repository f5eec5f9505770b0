/**
 * What the shared parts of an installation of 10,000 instances have to bear, and the simulation holds them
 * to. A part that is given less has to be made larger before the fleet is.
 */
export const capacities = {
  /** The control process that leads. */
  control: { requestsPerSecond: 6_000, streams: 10_000 },
  /** All authentication servers together. */
  auth: { requestsPerSecond: 8_000 },
  /** One PostgreSQL, shared by the instances of one cell. */
  database: { connections: 500, connectsPerSecond: 200 },
  /**
   * For a tenth of a second, so many times its share may come: it waits that much longer, and nobody is
   * refused.
   */
  burst: 2,
} as const;

/** Everything must be up so long after the power is back, with the slowest of `backAfterMs`. */
export const UP_WITHIN_MS = 45_000;

/** When the parts that the others wait for are back: they take no turn, and recover first. */
export const backAfterMs = { database: 5_000, auth: 8_000, control: 12_000 } as const;

export const fleet = { instances: 10_000, perCell: 40, workersPerCell: 4, bootMs: 1_500 } as const;

/**
 * Connections of a cell's control, authentication servers, operators and migrations: not simulated, but
 * theirs.
 */
export const OTHER_CONNECTIONS = 60;
