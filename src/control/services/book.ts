import { createHash } from 'node:crypto';
import { type Database, inTransaction } from '../../platform/database/database.ts';
import type { TrustedKey } from '../../rollout/signed/signed.ts';
import { newToken } from '../operators.ts';
import { appendJournal } from '../store/journal.ts';
import { define, type ServiceDefinition } from './definition.ts';
import type { ManagedService } from './managed-service.ts';

/**
 * The services whose configuration control delivers, with the tokens and keys of their agents, held in
 * memory: a beat asks no store, and the last known stay in force while it does not answer. What is written
 * here is in force here at once, and at the other control processes when they next read.
 */
export interface ServiceBook {
  refresh(): Promise<void>;
  /** The ones built in, then the added ones by name. */
  all(): readonly ManagedService[];
  definition(service: string): ServiceDefinition | undefined;
  /** The added service whose agents show this token. */
  ofToken(token: string): string | undefined;
  /** Whom control, and the agents of the service, believe about it. */
  keysOf(service: string): readonly TrustedKey[];
  /** The definition is one that `define` takes. */
  add(definition: ServiceDefinition, by: string, now: number): Promise<void>;
  /** A new token of its agents; `only`: the ones before are no longer taken. */
  makeToken(service: string, by: string, now: number, only: boolean): Promise<string>;
  addKey(service: string, key: InstanceKey, by: string, now: number): Promise<void>;
}

export interface InstanceKey {
  id: string;
  publicKey: string;
  environment: string;
  instance: string;
}

interface Stored {
  definition: ServiceDefinition;
  managed: ManagedService;
  tokens: ReadonlySet<string>;
  keys: readonly TrustedKey[];
}

export function createServiceBook(
  database: Database,
  builtIn: { services: readonly ManagedService[]; keys: () => readonly TrustedKey[] },
): ServiceBook {
  let stored = new Map<string, Stored>();

  async function refresh(): Promise<void> {
    const { rows } = await database.query<{
      definition: ServiceDefinition;
      tokens: string[];
      keys: InstanceKey[];
    }>({
      name: 'control_managed_services',
      text: `select definition,
          array(select token_hash from control.agent_token where service = s.service) as tokens,
          (select coalesce(json_agg(json_build_object('id', id, 'publicKey', public_key, 'environment', environment,
            'instance', instance)), '[]') from control.instance_key where service = s.service) as keys
        from control.managed_service s order by service`,
    });
    stored = new Map(
      rows.flatMap(({ definition, tokens, keys }) => {
        const defined = define(definition);
        if (!defined.ok) return [];
        const trusted = keys.map(
          ({ id, publicKey, environment, instance }): TrustedKey => ({
            ...{ id, publicKey, environment, role: 'instance', owner: instance },
          }),
        );
        const one = { definition, managed: defined.service, tokens: new Set(tokens), keys: trusted };
        return [[definition.service, one]];
      }),
    );
  }

  /** Written with its row in the journal (R15), and read back. */
  async function write(
    statement: { text: string; values: unknown[] }[],
    row: { actor: string; kind: string; subject: string; data: Record<string, string | boolean>; at: number },
  ): Promise<void> {
    await inTransaction(database, async (client) => {
      for (const each of statement) await client.query(each.text, each.values);
      await appendJournal(client, [row]);
    });
    await refresh();
  }

  return {
    refresh,
    all: () => [...builtIn.services, ...[...stored.values()].map(({ managed }) => managed)],
    definition: (service) => stored.get(service)?.definition,
    ofToken(token) {
      const hash = hashOf(token);
      return [...stored].find(([, { tokens }]) => tokens.has(hash))?.[0];
    },
    keysOf(service) {
      const added = stored.get(service);
      if (added === undefined) return builtIn.keys();
      // Instances of another service tell nothing about this one.
      return [...builtIn.keys().filter(({ role }) => role !== 'instance'), ...added.keys];
    },
    add: (definition, by, now) =>
      write(
        [
          {
            text: `insert into control.managed_service (service, definition, changed_by, changed_at) values ($1, $2, $3, $4)
              on conflict (service) do update set definition = excluded.definition, changed_by = excluded.changed_by,
                changed_at = excluded.changed_at`,
            values: [definition.service, JSON.stringify(definition), by, new Date(now)],
          },
        ],
        {
          ...{ at: now, actor: by, kind: 'operator.service', subject: definition.service },
          data: { schema: definition.id },
        },
      ),
    async makeToken(service, by, now, only) {
      const token = newToken();
      const ended = { text: 'delete from control.agent_token where service = $1', values: [service] };
      const made = {
        text: 'insert into control.agent_token (token_hash, service, made_by, made_at) values ($1, $2, $3, $4)',
        values: [hashOf(token), service, by, new Date(now)],
      };
      await write(only ? [ended, made] : [made], {
        ...{ at: now, actor: by, kind: 'operator.service_token', subject: service },
        data: { only },
      });
      return token;
    },
    addKey: (service, { id, publicKey, environment, instance }, by, now) =>
      write(
        [
          {
            text: `insert into control.instance_key (id, service, public_key, environment, instance)
              values ($1, $2, $3, $4, $5) on conflict do nothing`,
            values: [id, service, publicKey, environment, instance],
          },
        ],
        {
          ...{ at: now, actor: by, kind: 'operator.service_key', subject: service },
          data: { key: id, environment, instance },
        },
      ),
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
