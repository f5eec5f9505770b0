import { readFileSync } from 'node:fs';
import { kind } from './config.ts';

// What control is told of the service: `node definition.ts > quotes.json`,
// then `imara service add quotes.json`.
const { id, service, schema, environments } = kind;
const definition = {
  ...{ service, id, schema, environments },
  builtIn: JSON.parse(readFileSync(new URL('./defaults.json', import.meta.url), 'utf8')),
  // Waits of seconds, so that you can watch a change travel; the usual ones, without this, are minutes.
  rollouts: {
    approvals: 1,
    firstWave: { minMs: 500, excessBadRate: 0.3 },
    laterWaves: { minMs: 500, excessBadRate: 0.3 },
    bake: { minMs: 1_000, excessBadRate: 0.3 },
  },
};
console.log(JSON.stringify(definition, null, 2));
