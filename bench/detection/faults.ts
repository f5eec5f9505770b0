/** What goes wrong, and by when the watch is to page, in seconds (95 %), where that is promised. */
export const FAULTS = {
  'all requests fail': 2,
  'event loop hangs': 3,
  'promise never settles': 3,
  '10 % fail': 5,
  'latency tripled': undefined,
  'one product fails': undefined,
} as const;

export type Fault = keyof typeof FAULTS;
export const faults = Object.keys(FAULTS) as Fault[];
