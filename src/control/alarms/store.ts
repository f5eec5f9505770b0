import { type Database, type DatabaseClient, inTransaction } from '../../platform/database/database.ts';
import { AFTER_PROOF, type AfterProof, type Judged } from '../../rollout/alarm/after-proof.ts';
import { assertLeads } from '../leader/sql/term.ts';
import type { Entry } from '../store/journal.ts';

/**
 * How the release in force of each service is judged, as the last leader wrote it: an alarm outlives its
 * leader.
 */
export interface StoredJudgement {
  readonly state: AfterProof;
  readonly writtenAt: number;
}

export async function readJudgements(
  database: Database | DatabaseClient,
): Promise<Map<string, StoredJudgement>> {
  const { rows } = await database.query<{ service: string; state: AfterProof; writtenAt: Date }>({
    name: 'control_read_judgements',
    text: `select service, state, written_at as "writtenAt" from control.judgement`,
  });
  // One of another build is not gone on with; what it saw is seen again.
  const known = rows.filter(({ state }) => state.kind === AFTER_PROOF);
  return new Map(
    known.map(({ service, state, writtenAt }) => [service, { state, writtenAt: writtenAt.getTime() }]),
  );
}

export async function writeJudgement(
  client: Database | DatabaseClient,
  service: string,
  state: AfterProof,
  now: number,
): Promise<void> {
  await client.query({
    name: 'control_write_judgement',
    text: `insert into control.judgement (service, state, written_at) values ($1, $2, $3)
      on conflict (service) do update set state = excluded.state, written_at = excluded.written_at
        where judgement.written_at <= excluded.written_at`,
    // Which process was started when is for the memory of one leader: there may be thousands.
    values: [service, JSON.stringify({ ...state, boots: {} }), new Date(now)],
  });
}

/**
 * What a leader writes of it now and then, where nothing was decided. Throws `Deposed` when somebody else
 * leads.
 */
export async function keepJudgement(
  database: Database,
  fence: number,
  judgement: { service: string; state: AfterProof; now: number },
): Promise<void> {
  const { service, state, now } = judgement;
  await inTransaction(database, async (client) => {
    await assertLeads(client, fence);
    await writeJudgement(client, service, state, now);
  });
}

export function alarmEntries(
  service: string,
  { state, raised, cleared }: Judged,
  before: AfterProof | undefined,
  { leader, now }: { leader: string; now: number },
): Entry[] {
  const common = { at: now, actor: `control:${leader}` };
  return [
    ...cleared.map(({ kind, because, since }) => ({
      ...common,
      kind: 'alarm.cleared',
      // What was left when another came into force was about the one before.
      subject: (before ?? state).of.rollout ?? service,
      data: { service, alarm: kind, since, because },
    })),
    ...raised.map(({ kind, what, instances }) => ({
      ...common,
      kind: 'alarm.raised',
      subject: state.of.rollout ?? service,
      data: { service, alarm: kind, what, instances: [...instances] },
    })),
  ];
}
