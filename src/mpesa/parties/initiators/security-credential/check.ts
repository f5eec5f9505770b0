import type { Clock } from '../../../../platform/clock.ts';
import type { Database } from '../../../../platform/database/database.ts';
import { type Deadline, within } from '../../../../platform/deadline.ts';
import type { InitiatorRole } from '../initiators.ts';
import { passwordCheck, proved } from '../password-hash.ts';
import type { CredentialOpener } from './opener.ts';

/**
 * What is to be said of who asks.
 *   ok           it is who it says, and has the role
 *   invalid      no such initiator of that organisation, or it was disabled, or its credential is wrong
 *   locked       too many wrong credentials in a row; the right one does not help until the lock is over
 *   not_allowed  it is who it says, and lacks the role
 */
export type InitiatorVerdict = 'ok' | 'invalid' | 'locked' | 'not_allowed';

export interface InitiatorQuestion {
  readonly id: string;
  readonly shortCode: string;
  readonly initiator: string;
  /** Base64 of what the certificate encrypted. */
  readonly securityCredential: string;
}

export interface InitiatorSettings {
  /**
   * `checked`: a credential must hold the initiator's password. `lenient`: one that was not made with our
   * certificate passes, because clients have the vendor's built in, and nobody else has its key.
   */
  readonly securityCredential: 'checked' | 'lenient';
}

export interface Initiators {
  /** A verdict for each question, by its id. */
  judge(
    questions: readonly InitiatorQuestion[],
    role: InitiatorRole,
    deadline: Deadline,
  ): Promise<ReadonlyMap<string, InitiatorVerdict>>;
}

export interface InitiatorsOptions {
  database: Database;
  opener: Pick<CredentialOpener, 'open'>;
  settings: () => InitiatorSettings;
  clock: Clock;
}

/**
 * So many wrong ones in a row lock an initiator. It also bounds what guessing costs us: each is a slow hash.
 */
export const MOST_WRONG = 10;
const LOCKED_MS = 5 * 60_000;

interface Asked {
  readonly id: string;
  readonly securityCredential: string;
  /** What it holds; `undefined`: it was not made with our certificate, or was not opened. */
  readonly text: string | undefined;
  /** It was right before, and is not opened again. */
  readonly isProved: boolean;
}

interface Known {
  asked: string;
  shortCode: string;
  username: string;
  passwordHash: string;
  roles: readonly string[];
  wrongInRow: number;
  lockedUntil: Date | null;
}

export function createInitiators({ database, opener, settings, clock }: InitiatorsOptions): Initiators {
  const isPassword = passwordCheck();
  /** Most callers make their credential once, and send it with each request: it is opened once. */
  const right = proved();

  /** One initiator's questions, one after the other: once it is locked, the others cost nothing. */
  async function judgeOf(
    known: Known,
    asked: readonly Asked[],
    role: InitiatorRole,
  ): Promise<[id: string, verdict: InitiatorVerdict][]> {
    const now = clock.now();
    const mode = settings().securityCredential;
    let wrong = known.wrongInRow;
    let isLocked = known.lockedUntil !== null && known.lockedUntil.getTime() > now;
    const verdicts: [string, InitiatorVerdict][] = [];
    for (const { id, securityCredential, text, isProved } of asked) {
      if (isLocked) {
        verdicts.push([id, 'locked']);
        continue;
      }
      const foreign = !isProved && mode === 'lenient' && text === undefined;
      // A wrong padding takes as long as a wrong password, so that nobody learns which it was.
      if (isProved || foreign || (await isPassword(text ?? '', known.passwordHash))) {
        if (!foreign) wrong = 0;
        if (!isProved && !foreign) right.add(securityCredential, known.passwordHash);
        verdicts.push([id, known.roles.includes(role) ? 'ok' : 'not_allowed']);
      } else {
        wrong += 1;
        isLocked = wrong >= MOST_WRONG;
        verdicts.push([id, 'invalid']);
      }
    }
    if (wrong !== known.wrongInRow) {
      await noteWrong(database, known, {
        wrong: isLocked ? 0 : wrong,
        lockedUntil: isLocked ? new Date(now + LOCKED_MS) : null,
      });
    }
    return verdicts;
  }

  return {
    judge: (questions, role, deadline) =>
      within(deadline, 'initiators', async () => {
        const known = await selectInitiators(database, questions);
        const isProved = ({ shortCode, initiator, securityCredential }: InitiatorQuestion) => {
          const of = known.get(keyOf(shortCode, initiator));
          return of !== undefined && right.has(securityCredential, of.passwordHash);
        };
        const toOpen = questions.filter((question) => !isProved(question));
        const texts = await opener.open(
          toOpen.map(({ securityCredential }) => securityCredential),
          deadline,
        );
        const opened = new Map(toOpen.map(({ id }, index) => [id, texts[index]]));
        const verdicts = new Map<string, InitiatorVerdict>();
        const asked = new Map<string, { of: Known; questions: Asked[] }>();
        for (const { id, shortCode, initiator, securityCredential } of questions) {
          const of = known.get(keyOf(shortCode, initiator));
          if (of === undefined) {
            verdicts.set(id, 'invalid');
            continue;
          }
          const key = keyOf(of.shortCode, of.username);
          const mine = asked.get(key) ?? { of, questions: [] };
          mine.questions.push({ id, securityCredential, text: opened.get(id), isProved: !opened.has(id) });
          asked.set(key, mine);
        }
        const judged = await Promise.all(
          Array.from(asked.values(), (each) => judgeOf(each.of, each.questions, role)),
        );
        for (const [id, verdict] of judged.flat()) verdicts.set(id, verdict);
        return verdicts;
      }),
  };
}

function keyOf(shortCode: string, username: string): string {
  return `${shortCode}\n${username}`;
}

/** By the short code that was asked for and the name; an organisation's initiators are its head office's. */
async function selectInitiators(
  database: Database,
  questions: readonly InitiatorQuestion[],
): Promise<ReadonlyMap<string, Known>> {
  const { rows } = await database.query<Known>({
    name: 'mpesa_initiators',
    text: `select distinct on (asked.short_code, asked.username) asked.short_code as asked,
        initiator.short_code as "shortCode", initiator.username, initiator.password_hash as "passwordHash",
        initiator.roles, initiator.wrong_in_row as "wrongInRow", initiator.locked_until as "lockedUntil"
      from unnest($1::text[], $2::text[]) as asked (short_code, username)
      join mpesa.organisation organisation on organisation.short_code = asked.short_code
      join mpesa.initiator initiator
        on initiator.short_code = organisation.head_office and initiator.username = asked.username
        and not initiator.disabled`,
    values: [questions.map(({ shortCode }) => shortCode), questions.map(({ initiator }) => initiator)],
  });
  return new Map(rows.map((row) => [keyOf(row.asked, row.username), row]));
}

/** Of two workers at once the last one's count stands: a few more tries, never many. */
async function noteWrong(
  database: Database,
  { shortCode, username }: Known,
  { wrong, lockedUntil }: { wrong: number; lockedUntil: Date | null },
): Promise<void> {
  await database.query({
    name: 'mpesa_initiator_wrong',
    text: `update mpesa.initiator set wrong_in_row = $3, locked_until = $4 where short_code = $1 and username = $2`,
    values: [shortCode, username, wrong, lockedUntil],
  });
}
