import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { exitCodes, Failure } from '../../failure.ts';
import { columns, print, printJson, say } from '../../terminal/terminal.ts';
import { type ControlOptions, controlPlane } from '../control-plane.ts';

/** The clients of the API; their secrets are known to nobody. */
export async function listApps(options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const { apps } = await control.call('GET /apps', {});
  if (options.json) return printJson({ apps });
  const rows = apps.map(({ id, name, state, consumerKey, products }) => {
    return [id, name, state, consumerKey, products?.join(', ') ?? 'all'];
  });
  print(columns([['APP', 'NAME', 'STATE', 'CONSUMER KEY', 'PRODUCTS'], ...rows]));
}

/** `all`, or names of products with commas between them. */
export async function setAppProducts(
  app: string,
  names: string,
  options: ControlOptions & { reason: string },
): Promise<void> {
  const control = await controlPlane(options);
  const products = names === 'all' ? null : names.split(',').map((name) => name.trim());
  const body = { products, reason: options.reason };
  const changed = await control.call('POST /apps/:id/products', { params: { id: app }, body });
  if (options.json) return printJson(changed);
  say(
    `${changed.name} (${changed.id}) may ask for ${changed.products?.join(', ') ?? 'everything'} within a second.`,
  );
  if (products !== null) say('A product that is new to it takes a new token.');
}

/** `verb`: disabled, it gets no token, and every token that it has ends within seconds. */
export async function setApp(
  verb: 'disable' | 'enable',
  app: string,
  options: ControlOptions & { reason: string },
): Promise<void> {
  const control = await controlPlane(options);
  const given = { params: { id: app }, body: { reason: options.reason } };
  const changed = await control.call(`POST /apps/:id/${verb}`, given);
  if (options.json) return printJson(changed);
  const { name, id } = changed;
  say(
    verb === 'disable'
      ? `${name} (${id}) gets no token any more; those it has end within seconds.`
      : `${name} (${id}) may fetch tokens again. Those it had stay ended.`,
  );
}

/** Another secret, which is printed and known to nobody from then on. */
export async function rotateApp(app: string, options: ControlOptions & { reason: string }): Promise<void> {
  const control = await controlPlane(options);
  const given = { params: { id: app }, body: { reason: options.reason } };
  const rotated = await control.call('POST /apps/:id/rotate', given);
  if (options.json) return printJson(rotated);
  print(rotated.consumerSecret);
  say(
    `It is the secret of ${rotated.name} (${rotated.id}), shown this once; the old one ends within ten seconds.`,
  );
}

/** Ends one access token. `-`: it is read from stdin, so that no shell remembers it. */
export async function revokeToken(
  token: string,
  options: ControlOptions & { reason: string },
): Promise<void> {
  const control = await controlPlane(options);
  const given = (token === '-' ? await text(process.stdin) : await contentOf(token)).trim();
  const body = { token: given, reason: options.reason };
  const revoked = await control.call('POST /tokens/revoke', { body });
  if (options.json) return printJson(revoked);
  say(
    `The token of app ${revoked.app} ends within seconds. Others of it go on: \`imara app disable\` ends all.`,
  );
}

/** `@FILE`: what is in the file. */
async function contentOf(token: string): Promise<string> {
  if (!token.startsWith('@')) return token;
  const file = token.slice(1);
  return readFile(file, 'utf8').catch((error: Error) => {
    throw new Failure({
      what: `${file} cannot be read.`,
      why: error.message,
      fix: 'Give the token, @FILE, or - for stdin.',
      exitCode: exitCodes.usage,
    });
  });
}
