import { isJsonObject, type Json, type JsonObject } from '../../../config/canonical.ts';
import { productNames } from '../../../mpesa/catalogue.ts';

import { exitCodes, Failure } from '../../failure.ts';
import { pushChange } from '../../releases/config.ts';
import { columns, print, printJson, say } from '../../terminal/terminal.ts';
import { type ControlOptions, controlPlane } from '../control-plane.ts';

export interface ProductOptions extends ControlOptions {
  reason: string;
  environment: string;
}

/** Every product, and whether it is switched on: by its own switch, else by that of all. */
export async function listProducts(options: ControlOptions & { environment: string }): Promise<void> {
  const { environment, json } = options;
  const control = await controlPlane(options);
  const { document } = await control.call('GET /config', { query: { environment } });
  const { product, products } = objectIn(document, 'serving');
  const isOn = (of: unknown) => Object(of).enabled !== false;
  const usual = isOn(product);
  const own = Object(products);
  const listed = productNames.map((name) => {
    const enabled = own[name]?.enabled === undefined ? usual : isOn(own[name]);
    return { name, enabled };
  });
  if (json) return printJson({ environment, products: listed });
  print(
    columns([
      ['PRODUCT', environment.toUpperCase()],
      ...listed.map(({ name, enabled }) => [name, enabled ? 'on' : 'off']),
    ]),
  );
}

/**
 * Switches a product off, and stays until every instance refuses it. Another change that is on its way goes
 * back for it.
 */
export async function disableProduct(name: string, options: ProductOptions): Promise<void> {
  const beganAt = performance.now();
  await pushChange(switchOf(name, false, options), { ...options, wait: true });
  say(
    `${name} is off in ${options.environment}, ${((performance.now() - beganAt) / 1_000).toFixed(1)} s after the order.`,
  );
  say('On again: `npx imara undo` while nothing was proved after it, else `npx imara product enable`.');
}

/** Switches it on, the usual way: it is offered to users again, so that takes evidence. */
export async function enableProduct(name: string, options: ProductOptions): Promise<void> {
  await pushChange(switchOf(name, true, options), { ...options, wait: true });
}

function switchOf(name: string, enabled: boolean, { environment }: ProductOptions): JsonObject {
  // Whether the product exists control says, whose catalogue may be newer than this command's.
  if (!/^[a-z0-9-]{1,40}$/.test(name)) {
    throw new Failure({
      what: `"${name}" is no name of a product.`,
      fix: `Products are ${productNames.join(', ')}.`,
      exitCode: exitCodes.usage,
    });
  }
  return { environments: { [environment]: { serving: { products: { [name]: { enabled } } } } } };
}

function objectIn(document: Json, key: string): JsonObject {
  const value = isJsonObject(document) ? document[key] : undefined;
  return isJsonObject(value) ? value : {};
}
