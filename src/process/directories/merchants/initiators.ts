import { choicesText } from '../../../config/check/nearest.ts';
import type { ChangedInitiator } from '../../../control/contract/resources/directories/merchants/initiators.ts';
import type { InitiatorChange, Refused } from '../../../control/directories/merchants.ts';
import {
  type InitiatorRole,
  initiatorRoles,
  roleWords,
  seedInitiator,
} from '../../../mpesa/parties/initiators/initiators.ts';
import { hashPassword } from '../../../mpesa/parties/initiators/password-hash.ts';
import { MOST_WRONG } from '../../../mpesa/parties/initiators/security-credential/check.ts';
import type { DatabaseClient } from '../../../platform/database/database.ts';
import { madeUpPassword } from './create.ts';
import { merchantOf, refusalOfSeeded, refuse } from './numbers.ts';

type Changed = ChangedInitiator & { password?: string };

export async function addInitiator(
  client: DatabaseClient,
  number: string,
  {
    username,
    roles,
    password = madeUpPassword(),
  }: { username: string; roles: readonly string[]; password?: string },
): Promise<(ChangedInitiator & { password: string }) | Refused> {
  const merchant = await merchantOf(client, number, { lock: true });
  if ('refused' in merchant) return merchant;
  const chosen = rolesOf(roles);
  if ('refused' in chosen) return chosen;
  const { shortCode } = merchant;
  if ((await find(client, shortCode, username)) !== undefined)
    return refuse(
      'taken',
      `${shortCode} has an initiator ${username}: choose another name, or change that one with \`initiator roles\` and \`initiator rotate\``,
    );
  await seedInitiator(client, { shortCode, username, password, roles: chosen.roles });
  return { shortCode, username, roles: chosen.roles, password };
}

export async function changeInitiator(
  client: DatabaseClient,
  { shortCode: number, username }: { shortCode: string; username: string },
  change: InitiatorChange,
  now: number,
): Promise<Changed | Refused> {
  const merchant = await merchantOf(client, number, { lock: true });
  if ('refused' in merchant) return merchant;
  const { shortCode } = merchant;
  const known = await find(client, shortCode, username);
  if (known === undefined)
    return refuse(
      'not_found',
      `${shortCode} has no initiator ${username}; \`merchant show ${shortCode}\` names those it has`,
    );
  const set = (columns: string, ...values: unknown[]) =>
    client.query(`update mpesa.initiator set ${columns} where short_code = $1 and username = $2`, [
      shortCode,
      username,
      ...values,
    ]);
  const { roles, disabled } = known;
  const done = { shortCode, username, roles };
  switch (change.do) {
    case 'roles': {
      const chosen = rolesOf(change.roles);
      if ('refused' in chosen) return chosen;
      const seeded = refusalOfSeeded(shortCode, `what ${username} may do`);
      if (seeded !== undefined) return seeded;
      if (chosen.roles.length === roles.length && chosen.roles.every((role) => roles.includes(role)))
        return refuse('no_effect', `${username} of ${shortCode} has these roles already`);
      await set('roles = $3', chosen.roles);
      return { ...done, roles: chosen.roles };
    }
    case 'rotate': {
      const seeded = refusalOfSeeded(shortCode, `the password of ${username}`);
      if (seeded !== undefined) return seeded;
      const password = change.password ?? madeUpPassword();
      await set('password_hash = $3, wrong_in_row = 0, locked_until = null', await hashPassword(password));
      return { ...done, password };
    }
    case 'unlock':
      if (known.wrongInRow === 0 && (known.lockedUntil?.getTime() ?? 0) <= now)
        return refuse(
          'no_effect',
          `${username} of ${shortCode} is not locked: ${MOST_WRONG} wrong credentials in a row would lock it${disabled ? '; it is disabled, see `initiator enable`' : ''}`,
        );
      await set('wrong_in_row = 0, locked_until = null');
      return done;
    case 'disable':
    case 'enable': {
      const wanted = change.do === 'disable';
      if (disabled === wanted)
        return refuse(
          'no_effect',
          `${username} of ${shortCode} is ${wanted ? 'disabled' : 'enabled'} already`,
        );
      await set('disabled = $3', wanted);
      return done;
    }
    default:
      return change satisfies never;
  }
}

async function find(client: DatabaseClient, shortCode: string, username: string) {
  const { rows } = await client.query<{
    roles: string[];
    disabled: boolean;
    wrongInRow: number;
    lockedUntil: Date | null;
  }>(
    `select roles, disabled, wrong_in_row as "wrongInRow", locked_until as "lockedUntil"
     from mpesa.initiator where short_code = $1 and username = $2 for update`,
    [shortCode, username],
  );
  return rows[0];
}

/** In the vendor's words; each may be named by one word. */
function rolesOf(given: readonly string[]): { roles: InitiatorRole[] } | Refused {
  const words: Readonly<Record<string, InitiatorRole>> = roleWords;
  const roles = new Set<InitiatorRole>();
  for (const name of given) {
    const role = words[name] ?? initiatorRoles.find((known) => known === name);
    if (role === undefined)
      return refuse(
        'invalid',
        `there is no role ${name}: ${choicesText('roles', Object.keys(roleWords), name)}`,
      );
    roles.add(role);
  }
  return { roles: [...roles] };
}
