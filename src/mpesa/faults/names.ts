// Apart from the schema, so that a command line that names them loads no more.

export const answers = [
  'internal',
  'busy',
  'maintenance',
  'spike-arrest',
  'quota',
  'invalid-token',
  'apigee',
  'soap',
  'html-503',
  'reset',
  'hang',
] as const;
export type FaultAnswer = (typeof answers)[number];

export const callbackFaults = ['lost', 'duplicate', 'early', 'out-of-order'] as const;
export type CallbackFault = (typeof callbackFaults)[number];
