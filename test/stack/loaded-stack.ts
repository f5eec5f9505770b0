import { after } from 'node:test';
import type { JsonObject } from '../../src/config/canonical.ts';
import { startReceiver } from '../mpesa/receiver.ts';
import { operatorOf } from '../operator.ts';
import { startStack } from './stack.ts';
import { startSteadyLoad } from './steady-load.ts';

const EVERY_MS = 250;

/**
 * All of Imara, a receiver of callbacks, an operator and steady payments; all of it ends with the test file.
 */
export async function startLoadedStack(config: JsonObject) {
  const stack = await startStack({}, config);
  const receiver = await startReceiver();
  const status = await stack.status();
  const operator = await operatorOf(stack);
  const load = await startSteadyLoad(status, receiver.url, EVERY_MS);
  after(async () => {
    await load.stop();
    await receiver.close();
    await stack.close();
  });
  return {
    stack,
    operator,
    load,
    /** Where one of its processes listens, as `supervisor/ports.ts` has it. */
    at: (offset: number) => here(Number(new URL(status.api).port) + offset),
  };
}

export const here = (port: number) => `http://127.0.0.1:${port}`;

/** A change of the production environment alone. */
export const production = (document: JsonObject) => ({ environments: { production: document } });
