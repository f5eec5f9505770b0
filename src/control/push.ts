import { contentHash, isJsonObject, type Json, type JsonObject } from '../config/canonical.ts';
import { check } from '../config/check/check.ts';
import { unplain } from '../config/check/plain.ts';
import type { Problem } from '../config/check/problem.ts';
import { type Change, diff } from '../config/diff.ts';
import { merged, withOverlays } from '../config/overlay.ts';
import { newRelease, type Release } from '../config/release.ts';
import { switchedOff } from '../config/switches.ts';
import { type Database, type DatabaseClient, inTransaction } from '../platform/database/database.ts';
import { newRollout } from '../rollout/machine/machine.ts';
import { isBackward } from '../rollout/machine/phases.ts';
import type { RolloutAt, RolloutPolicy } from '../rollout/machine/state.ts';
import type { Signer, TrustedKey, Verify } from '../rollout/signed/signed.ts';
import { rolloutName } from './agreement/epoch.ts';
import {
  bringsRules,
  changesOnlyRules,
  policyFor,
  policyIn,
  problemsOfRules,
} from './policy/change-rules.ts';
import type { ReadGround } from './policy/circumstances.ts';
import type { ManagedService } from './services/managed-service.ts';
import type { ControlSettings } from './settings.ts';
import { type Command, findCommand, insertCommand } from './store/commands.ts';
import { insertApprovalsThrough } from './store/inherited-approvals.ts';
import { appendJournal } from './store/journal.ts';
import { findRelease, insertRelease, nextSequence } from './store/releases.ts';
import { currentRollout, insertRollout, openRollouts } from './store/rollouts.ts';

export interface PushOptions {
  database: Database;
  signer: Signer;
  keys: () => readonly TrustedKey[];
  verify: Verify;
  settings: () => ControlSettings;
  ground: ReadGround;
}

export interface Draft {
  readonly service: ManagedService;
  /** A change merged into what is in force, or the whole document. */
  readonly change: JsonObject;
  readonly replace: boolean;
}

/** What a draft would come to. */
export interface Drafted {
  readonly base: Release | null;
  readonly content: JsonObject;
  readonly problems: Problem[];
  /** Against what is in force; secrets are masked. */
  readonly changes: Change[];
  /** What it switches off, when it does nothing else: it then goes the short way. */
  readonly switches: readonly string[] | null;
  /** It changes the rules of how changes travel, and nothing else: it then goes a short way too. */
  readonly onlyRules: boolean;
}

export type Pushed =
  | { pushed: true; rollout: string; command: string; drafted: Drafted; release: Release }
  | { pushed: false; why: 'invalid'; drafted: Drafted }
  | { pushed: false; why: 'unchanged'; drafted: Drafted }
  | { pushed: false; why: 'busy'; rollout: string; phase: RolloutAt }
  /** Something else was asked for under this id. */
  | { pushed: false; why: 'another' };

/** The release in force; `null`: what the service has built in. */
export async function releaseInForce(
  { keys, verify, database }: PushOptions,
  service: string,
  client: Database | DatabaseClient = database,
): Promise<Release | null> {
  const current = await currentRollout(client, service);
  if (current === undefined) return null;
  return (await findRelease(client, service, current.sequence, keys(), verify)) ?? null;
}

export async function draft(
  options: PushOptions,
  { service, change, replace }: Draft,
  client: Database | DatabaseClient = options.database,
): Promise<Drafted> {
  const { kind, builtIn } = service;
  const base = await releaseInForce(options, kind.service, client);
  const before = base?.content ?? builtIn();
  // Nothing is done with what is no JSON, or too deep to be walked, before it is refused.
  if (unplain(change).length > 0) {
    const problems = check(kind, {}, change);
    return { base, content: {}, problems, changes: [], switches: null, onlyRules: false };
  }
  const after: Json = replace ? change : merged(before, change, kind.schema);
  const content = isJsonObject(after) ? after : {};
  const usual = options.settings().policy;
  const problems = check(kind, content, replace ? {} : change);
  // The rules of a document that is not valid cannot be read.
  if (problems.length === 0 && bringsRules(service, { before, after: content }, usual))
    problems.push(...problemsOfRules(service, content, usual, await options.ground(client, service)));
  return {
    base,
    content,
    problems,
    changes: diff(before, content, withOverlays(kind.schema, kind.environments)),
    switches: switchedOff(kind, before, content) ?? null,
    onlyRules: changesOnlyRules(service, before, content),
  };
}

/** By which policy a draft would travel if this person pushed it now. */
export async function travelPolicy(
  options: PushOptions,
  service: ManagedService,
  drafted: Drafted,
  author: string,
  client: Database | DatabaseClient = options.database,
): Promise<RolloutPolicy> {
  const usual = options.settings().policy;
  const inForce = policyIn(service, drafted.base?.content ?? service.builtIn(), usual);
  const { approversBeside } = await options.ground(client, service);
  return policyFor(inForce, usual, drafted, approversBeside(author));
}

/**
 * A release and its rollout, written with the request that the leader submit it. The same `id` again is the
 * same push, whatever was pushed since.
 */
export async function push(
  options: PushOptions,
  request: Draft & {
    id: string;
    author: string;
    reason: string;
    now: number;
    /** The rollout whose content this offers again. */
    redoes?: string;
  },
): Promise<Pushed> {
  const { service, id, author, reason, now, change, replace, redoes } = request;
  const { kind } = service;
  const { database, keys, verify } = options;
  return inTransaction(database, async (client): Promise<Pushed> => {
    await oneAtATime(client, kind.service);
    const drafted = await draft(options, request, client);
    if (unplain(change).length > 0) return { pushed: false, why: 'invalid', drafted };
    const fingerprint = contentHash({ change, replace, reason });
    const earlier = await findCommand(client, id);
    if (earlier !== undefined) {
      const { rollout, person, body } = earlier;
      const same = earlier.kind === 'submit' && person === author && body.fingerprint === fingerprint;
      const sequence = Number(rollout?.split('-').at(-1));
      const release = same ? await findRelease(client, kind.service, sequence, keys(), verify) : undefined;
      if (release === undefined || rollout === null) return { pushed: false, why: 'another' };
      return { pushed: true, rollout, command: id, drafted, release };
    }
    if (drafted.problems.length > 0) return { pushed: false, why: 'invalid', drafted };
    const { switches } = drafted;
    // What is switched off does not wait for another change: that one is ended when this one begins
    // (`decide.ts`). One that switches something off itself is not, or it would be on again; it takes
    // seconds.
    const open = (await openRollouts(client, kind.service)).find(
      ({ state }) => switches === null || (state.switches !== undefined && !isBackward(state.phase.at)),
    );
    if (open !== undefined)
      return { pushed: false, why: 'busy', rollout: open.id, phase: open.state.phase.at };
    const undoTo = drafted.base?.hash ?? null;
    const sequence = await nextSequence(client, kind.service);
    const release = newRelease({
      service: kind.service,
      schema: kind.id,
      sequence,
      content: drafted.content,
      parent: undoTo,
      author,
      reason,
      createdAt: now,
    });
    if (release.hash === undoTo || (undoTo === null && drafted.changes.length === 0))
      return { pushed: false, why: 'unchanged', drafted };
    const rollout = await rolloutName(client, kind.service, sequence);
    const state = newRollout({
      id: rollout,
      hash: release.hash,
      undoTo,
      author,
      policy: await travelPolicy(options, service, drafted, author, client),
      ...(switches === null ? {} : { switches }),
    });
    await insertRelease(client, release, options.signer);
    await insertRollout(client, { state, service: kind.service, sequence: release.sequence, redoes, now });
    if (switches !== null && drafted.base !== null)
      await insertApprovalsThrough(
        client,
        drafted.base,
        { rollout, service: kind.service, release: release.hash, undoTo },
        { signer: options.signer, now },
      );
    const command: Command = {
      id,
      kind: 'submit',
      service: kind.service,
      rollout,
      person: author,
      body: { fingerprint, ...(redoes === undefined ? {} : { redoes }) },
    };
    if ((await insertCommand(client, command, now)) !== 'new')
      throw new Error('the same push, twice at once');
    await appendJournal(client, [
      {
        at: now,
        actor: author,
        kind: 'release.pushed',
        subject: rollout,
        data: {
          release: release.sequence,
          hash: release.hash,
          parent: undoTo,
          reason,
          changed: drafted.changes.map(({ path }) => path),
          ...(drafted.onlyRules ? { onlyRules: true } : {}),
          ...(redoes === undefined ? {} : { redoes }),
        },
      },
    ]);
    return { pushed: true, rollout, command: id, drafted, release };
  });
}

/** Takes the service's row: who pushes next waits for this transaction to end, in whatever process. */
async function oneAtATime(client: DatabaseClient, service: string): Promise<void> {
  await client.query('insert into control.service (service) values ($1) on conflict do nothing', [service]);
  await client.query('select from control.service where service = $1 for update', [service]);
}
