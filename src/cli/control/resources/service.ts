import { newKeyPair } from '../../../rollout/signed/signature.ts';
import { readChange } from '../../releases/config.ts';
import { columns, print, printJson, say } from '../../terminal/terminal.ts';
import { type ControlOptions, controlPlane } from '../control-plane.ts';

/** Registers a service, or changes the one of that name; usable at once. */
export async function addService(file: string, options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const body = await readChange(file, '`npx imara service show NAME` prints one');
  const made = await control.call('POST /services', { body });
  if (options.json) return printJson(made);
  print(made.service);
  for (const warning of made.warnings) say(`Note: ${warning}.`);
  say(
    `${made.changed ? 'Changed' : 'Added'}. Its agents need a token: npx imara service token ${made.service}`,
  );
}

export async function listServices(options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const { services } = await control.call('GET /services', {});
  if (options.json) return printJson({ services });
  const rows = services.map((one) => [
    one.service,
    one.schema,
    one.environments.join(', '),
    one.builtIn ? 'built in' : '',
  ]);
  print(columns([['SERVICE', 'SCHEMA', 'ENVIRONMENTS', ''], ...rows]));
}

/** The definition as JSON, which is what `service add` takes. */
export async function showService(name: string, options: ControlOptions): Promise<void> {
  const shown = await show(name, options);
  printJson(options.json ? shown : shown.definition);
}

/** The keys that its agents are given, as JSON. */
export async function trustedByService(name: string, options: ControlOptions): Promise<void> {
  printJson((await show(name, options)).trustedKeys);
}

async function show(name: string, options: ControlOptions) {
  const control = await controlPlane(options);
  return control.call('GET /services/:service', { params: { service: name } });
}

/** A token for its agents, shown this once: control keeps a hash of it. */
export async function makeToken(name: string, options: ControlOptions & { only?: true }): Promise<void> {
  const control = await controlPlane(options);
  const body = { only: options.only ?? false };
  const made = await control.call('POST /services/:service/tokens', { params: { service: name }, body });
  if (options.json) return printJson(made);
  print(made.token);
  say('It is shown this once. Keep it where the agents read it, such as a file of mode 0600.');
}

/**
 * A key for a testing instance: the private half is printed and goes nowhere, control is given the public
 * one.
 */
export async function makeKey(
  name: string,
  options: ControlOptions & { instance: string; environment: string },
): Promise<void> {
  const { instance, environment, json } = options;
  const control = await controlPlane(options);
  const { publicKey, privateKey } = newKeyPair();
  const body = { instance, environment, publicKey };
  const made = await control.call('POST /services/:service/keys', { params: { service: name }, body });
  if (json) return printJson({ ...made, privateKey });
  print(privateKey.trimEnd());
  say(
    `${instance} of ${environment} signs with it. Give the agents the keys again: npx imara service trust ${name}`,
  );
}
