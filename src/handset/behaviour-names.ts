// Apart from their settings: every command of the terminal lists them, and a schema is slow to load.

/** What a simulated phone does with a prompt when no person is quicker. */
export const behaviours = [
  'pays',
  'pays-slowly',
  'wrong-pin',
  'pin-locked',
  'cancels',
  'waits',
  'silent',
  'unreachable',
  'push-fails',
  'expires',
] as const;

export type Behaviour = (typeof behaviours)[number];
