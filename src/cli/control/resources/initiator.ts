import { constants, publicEncrypt } from 'node:crypto';
import { print, printJson, say } from '../../terminal/terminal.ts';
import { type ControlOptions, controlPlane } from '../control-plane.ts';
import { secretIn } from './secret-file.ts';

interface PasswordOptions extends ControlOptions {
  passwordFile?: string;
}

/** `none` alone: no role. */
const chosen = (roles: readonly string[]) => (roles.length === 1 && roles[0] === 'none' ? [] : roles);

/** Prints the password, which nobody can see again. */
export async function addInitiator(
  shortCode: string,
  username: string,
  options: PasswordOptions & { roles: readonly string[] },
): Promise<void> {
  const control = await controlPlane(options);
  const body = { username, roles: [...chosen(options.roles)], password: await passwordIn(options) };
  const added = await control.call('POST /merchants/:shortCode/initiators', { params: { shortCode }, body });
  if (options.json) return printJson(added);
  print(added.password);
  say(
    `It is the password of ${username} of ${added.shortCode}, shown this once. ${may(added.roles)} \`npx imara initiator credential\` encrypts it.`,
  );
}

export async function setRoles(
  shortCode: string,
  username: string,
  roles: readonly string[],
  options: ControlOptions,
): Promise<void> {
  const control = await controlPlane(options);
  const given = { params: { shortCode, username }, body: { roles: [...chosen(roles)] } };
  const changed = await control.call('POST /merchants/:shortCode/initiators/:username/roles', given);
  if (options.json) return printJson(changed);
  say(`${username} of ${changed.shortCode}: ${may(changed.roles)}`);
}

/** Another password; the old one ends with it. */
export async function rotateInitiator(
  shortCode: string,
  username: string,
  options: PasswordOptions,
): Promise<void> {
  const control = await controlPlane(options);
  const given = { params: { shortCode, username }, body: { password: await passwordIn(options) } };
  const rotated = await control.call('POST /merchants/:shortCode/initiators/:username/rotate', given);
  if (options.json) return printJson(rotated);
  print(rotated.password);
  say(
    `It is the new password of ${username} of ${rotated.shortCode}, shown this once. The old one is wrong from now on, and no lock is left.`,
  );
}

const said = {
  unlock: 'may ask again, and wrong credentials are counted from 0.',
  disable: 'is told that it is not known (2001), until `initiator enable`.',
  enable: 'may ask again.',
} as const;

export async function changeInitiator(
  verb: keyof typeof said,
  shortCode: string,
  username: string,
  options: ControlOptions,
): Promise<void> {
  const control = await controlPlane(options);
  const given = { params: { shortCode, username }, body: {} };
  const changed = await control.call(`POST /merchants/:shortCode/initiators/:username/${verb}`, given);
  if (options.json) return printJson(changed);
  say(`${username} of ${changed.shortCode} ${said[verb]}`);
}

/** As clients make it: RSA, PKCS#1 v1.5, base64. */
export async function makeCredential(options: PasswordOptions): Promise<void> {
  const control = await controlPlane(options);
  const password = await passwordIn(options);
  const { certificate } = await control.call('GET /certificate', {});
  const encrypted = publicEncrypt(
    { key: certificate, padding: constants.RSA_PKCS1_PADDING },
    Buffer.from(password ?? ''),
  );
  const securityCredential = encrypted.toString('base64');
  if (options.json) return printJson({ securityCredential });
  print(securityCredential);
}

function may(roles: readonly string[]): string {
  return roles.length === 0
    ? 'It has no role, so whatever it asks ends in 21.'
    : `It may: ${roles.join('; ')}.`;
}

async function passwordIn({ passwordFile: file }: PasswordOptions): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const rule = '8 to 64 letters, digits and signs';
  return secretIn(file, { what: 'password', form: /^[!-~]{8,64}$/, rule });
}
