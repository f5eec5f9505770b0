import type { Clock } from '../platform/clock.ts';
import { type Database, type DatabaseClient, inTransaction } from '../platform/database/database.ts';
import type { HandsetSettings } from './behaviour.ts';
import type { Behaviour } from './behaviour-names.ts';
import { fullName, namesOf } from './holder.ts';
import { seededPhone, seededPhones } from './seeds.ts';
import { readInbox, type Sms } from './sms.ts';
import type { AnswerOutcome } from './types.ts';

export const DEFAULT_PIN = '1234';
const PIN_TRIES = 3;
const INBOX_SHOWN = 50;

export interface Phone {
  msisdn: string;
  name: string;
  behaviour: Behaviour;
  /** Its behaviour is promised by docs/reference/phones.md. */
  seeded: boolean;
  /** Three wrong PINs in a row: no payment until it is unlocked. */
  locked: boolean;
}

export interface OpenPrompt {
  id: string;
  text: string;
  shownAt: Date;
  expiresAt: Date;
  /** It asks for the operator's id too. */
  asksOperator: boolean;
}

export interface PhoneDetails extends Phone {
  /** `undefined`: no M-Pesa account, or nobody here who could tell. */
  balanceCents: bigint | undefined;
  prompt: OpenPrompt | undefined;
  /** Newest first, the last 50. */
  sms: readonly Sms[];
}

/** What a person does with the prompt on the screen; `ignore`: puts the phone away, as nobody answered. */
export type PersonAnswer = { pin: string; operatorId?: string } | 'cancel' | 'ignore';

export interface PhoneChanges {
  name?: string;
  behaviour?: Behaviour;
  pin?: string;
  /** Forgets wrong PINs. */
  unlock?: boolean;
}

/** Why a balance stays as it is; `promised`: what this number has is promised by docs/reference/phones.md. */
export type BalanceRefusal = 'over_maximum' | 'no_account' | 'promised' | 'in_use';

export type BalanceSet = { ok: true } | { ok: false; reason: BalanceRefusal };

export interface Phones {
  /** The seeded phones and every phone that was set or used by a person. */
  list(): Promise<Phone[]>;
  show(msisdn: string): Promise<PhoneDetails>;
  inbox(msisdn: string): Promise<Sms[]>;
  answer(
    msisdn: string,
    answer: PersonAnswer,
  ): Promise<{ ok: true; outcome: AnswerOutcome } | { ok: false; reason: 'no_open_prompt' | 'operator' }>;
  set(msisdn: string, changes: PhoneChanges): Promise<Phone>;
  setBalance(msisdn: string, cents: bigint): Promise<BalanceSet>;
}

export interface PhonesOptions {
  database: Database;
  settings: () => HandsetSettings;
  clock: Clock;
  /** The books know the money; the phone only shows it. */
  balanceCents?: (msisdn: string) => Promise<bigint | undefined>;
  setBalance?: Phones['setBalance'];
}

/** The simulated phones as people and tools see them; the gateway (simulated.ts) shares their rows. */
export function createPhones({
  database,
  settings,
  clock,
  balanceCents,
  setBalance = async () => ({ ok: false, reason: 'no_account' }),
}: PhonesOptions): Phones {
  const phone = async (msisdn: string) => {
    const [row] = await readPhoneRows(database, [msisdn]);
    return describe(msisdn, row, settings());
  };

  return {
    async list() {
      const { rows } = await database.query<PhoneRow>(`${selectPhones} order by msisdn`);
      const set = new Map(rows.map((row) => [row.msisdn, row]));
      const numbers = new Set([...seededPhones.map(({ msisdn }) => msisdn), ...set.keys()]);
      return [...numbers].sort().map((msisdn) => describe(msisdn, set.get(msisdn), settings()));
    },

    async show(msisdn) {
      const [described, prompt, sms, balance] = await Promise.all([
        phone(msisdn),
        readOpenPrompt(database, msisdn, new Date(clock.now())),
        readInbox(database, msisdn, INBOX_SHOWN),
        balanceCents?.(msisdn),
      ]);
      return { ...described, balanceCents: balance, prompt: prompt && shown(prompt), sms };
    },

    inbox: (msisdn) => readInbox(database, msisdn, INBOX_SHOWN),

    answer: (msisdn, answer) =>
      inTransaction(database, async (client) => {
        const now = new Date(clock.now());
        const prompt = await readOpenPrompt(client, msisdn, now, 'for update');
        if (prompt === undefined) return { ok: false, reason: 'no_open_prompt' };
        const { operatorId } = prompt;
        const isTyped = typeof answer !== 'string';
        if (isTyped && (operatorId === null) !== (answer.operatorId === undefined))
          return { ok: false, reason: 'operator' };
        const outcome = isTyped
          ? await tryPin(client, msisdn, answer.pin, operatorId === (answer.operatorId ?? null))
          : dismissals[answer];
        await client.query(
          'update handset.prompt set outcome = $2, due_at = $3, answered = true where id = $1',
          [prompt.id, outcome, now],
        );
        return { ok: true, outcome };
      }),

    async set(msisdn, { name, behaviour, pin, unlock = false }) {
      await database.query(
        `insert into handset.phone as phone (msisdn, name, behaviour, pin) values ($1, $2, $3, $4)
         on conflict (msisdn) do update set
           name = coalesce(excluded.name, phone.name),
           behaviour = coalesce(excluded.behaviour, phone.behaviour),
           pin = coalesce(excluded.pin, phone.pin),
           wrong_pins = case when $5 then 0 else phone.wrong_pins end`,
        [msisdn, name ?? null, behaviour ?? null, pin ?? null, unlock],
      );
      return phone(msisdn);
    },

    setBalance,
  };
}

const dismissals = { cancel: 'cancelled', ignore: 'no_answer' } as const;

interface PhoneRow {
  msisdn: string;
  name: string | null;
  behaviour: Behaviour | null;
  pin: string | null;
  wrong_pins: number;
}

const selectPhones = 'select msisdn, name, behaviour, pin, wrong_pins from handset.phone';

async function readPhoneRows(database: Database | DatabaseClient, msisdns: readonly string[]) {
  const { rows } = await database.query<PhoneRow>({
    name: 'handset_phones',
    text: `${selectPhones} where msisdn = any($1)`,
    values: [msisdns],
  });
  return rows;
}

/** What each of these numbers is like now: set, else seeded, else the default. */
export async function readPhones(
  database: Database,
  msisdns: readonly string[],
  settings: HandsetSettings,
): Promise<Map<string, Phone>> {
  const rows = new Map((await readPhoneRows(database, msisdns)).map((row) => [row.msisdn, row]));
  return new Map(msisdns.map((msisdn) => [msisdn, describe(msisdn, rows.get(msisdn), settings)]));
}

function describe(msisdn: string, row: PhoneRow | undefined, settings: HandsetSettings): Phone {
  const seed = seededPhone(msisdn);
  return {
    msisdn,
    name: row?.name ?? fullName(namesOf(msisdn)),
    behaviour: row?.behaviour ?? seed?.behaviour ?? settings.defaultBehaviour,
    seeded: seed !== undefined,
    locked: (row?.wrong_pins ?? 0) >= PIN_TRIES,
  };
}

type StoredPrompt = Omit<OpenPrompt, 'asksOperator'> & { operatorId: string | null };

function shown({ operatorId, ...prompt }: StoredPrompt): OpenPrompt {
  return { ...prompt, asksOperator: operatorId !== null };
}

/** The oldest prompt on the screen: an answer that is due, or a person's, has taken it away. */
async function readOpenPrompt(
  database: Database | DatabaseClient,
  msisdn: string,
  now: Date,
  lock: 'for update' | '' = '',
): Promise<StoredPrompt | undefined> {
  const { rows } = await database.query<StoredPrompt>(
    `select id, text, shown_at as "shownAt", expires_at as "expiresAt", operator_id as "operatorId" from handset.prompt
     where msisdn = $1 and not answered and due_at > $2 order by shown_at limit 1 ${lock}`,
    [msisdn, now],
  );
  return rows[0];
}

/**
 * Enters the PIN: three wrong ones in a row lock it. `known`: the operator's id was right, where the prompt
 * asks for one.
 */
export async function tryPin(
  client: DatabaseClient,
  msisdn: string,
  pin: string,
  known = true,
): Promise<'accepted' | 'wrong_pin' | 'pin_locked'> {
  const [row] = await readPhoneRows(client, [msisdn]);
  const wrongPins = row?.wrong_pins ?? 0;
  if (wrongPins >= PIN_TRIES) return 'pin_locked';
  const right = known && pin === (row?.pin ?? DEFAULT_PIN);
  await client.query(
    `insert into handset.phone (msisdn, wrong_pins) values ($1, $2)
     on conflict (msisdn) do update set wrong_pins = excluded.wrong_pins`,
    [msisdn, right ? 0 : wrongPins + 1],
  );
  if (right) return 'accepted';
  return wrongPins + 1 >= PIN_TRIES ? 'pin_locked' : 'wrong_pin';
}
