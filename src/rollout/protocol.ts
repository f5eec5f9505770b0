import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { Vouch } from './instance/ring.ts';
import type { At } from './instance/state.ts';
import { Envelope, ReleaseBody } from './signed/envelope.ts';
import { ProofBody, RenewalBody } from './signed/lease.ts';
import { ReceiptBody } from './signed/receipt.ts';
import { SignedBody } from './signed/signed.ts';

/**
 * What agent and control say to each other, version 1. Two exchanges, both begun by the agent:
 *
 * - `GET /agent/v1/stream`: server-sent events from control, resumed by `Last-Event-ID`.
 * - `POST /agent/v1/report`: a beat with the instance's state, vitals, counts, and what it has to tell.
 *
 * Everything may come late, twice or not at all: events name what they are about, messages are numbered,
 * counts are totals. What control wants of an instance it says again whenever the instance connects.
 */
export const agentPaths = { stream: '/agent/v1/stream', report: '/agent/v1/report' } as const;

export const wireLimits = {
  /** One event of the stream, one report, one answer, in bytes; a longer one is refused unread. */
  eventBytes: 1_048_576,
  reportBytes: 262_144,
  answerBytes: 4_096,
  /** Of objects and arrays in each other: reading deeper ones could exhaust a stack. */
  depth: 64,
  /** Control writes at least a comment that often; */
  keepAliveMs: 1_000,
  /** and a stream that is silent for so long counts as dead (R10). */
  silenceMs: 4_000,
  /** Within these an answer chooses when the next beat is due. */
  minBeatMs: 50,
  maxBeatMs: 10_000,
  /** The beat of an instance that was given no other. */
  beatMs: 250,
  messagesInReport: 32,
  /** Of a release that is shown: a report has room for one, and for the rest of the report. */
  shownBytes: 131_072,
  /** Of a cause or key in a message. */
  textChars: 1_024,
  countsInReport: 4,
  /** Names of endings that an instance counts. */
  endings: 128,
  endingChars: 64,
} as const;

const Hash = Type.String({ maxLength: 128 });
const Name = Type.String({ minLength: 1, maxLength: 200 });
const MaybeHash = Type.Union([Hash, Type.Null()]);
const MaybeName = Type.Union([Name, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });
const Text = Type.String({ maxLength: wireLimits.textChars });

/** Query of the stream, and the head of every report. */
export const InstanceId = Type.Object({ service: Name, environment: Name, instance: Name });
export type InstanceId = Static<typeof InstanceId>;

/** What control sends. All but `renewal` carry an SSE id; a renewal that was missed is of no use any more. */
export const ControlEvent = Type.Union([
  Type.Object({ type: Type.Literal('offer'), envelope: Envelope }),
  Type.Object({ type: Type.Literal('renewal'), renewal: SignedBody(RenewalBody) }),
  Type.Object({ type: Type.Literal('proof'), proof: SignedBody(ProofBody) }),
  /**
   * R6: needs no signature, because it leads only to what was proved on the instance. `from`: the release to
   * leave. `to`: `null` for the proved-good release before it.
   */
  Type.Object({ type: Type.Literal('undo'), rollout: MaybeName, from: Hash, to: MaybeHash }),
  /**
   * Control does not know this release, or has no receipt for it any more: the instance is to show what it
   * has.
   */
  Type.Object({ type: Type.Literal('show'), hash: Hash }),
]);
export type ControlEvent = Static<typeof ControlEvent>;

/** Counts of how requests ended, since the switch to the release they belong to. */
export const OutcomeCounts = Type.Object({
  good: Count,
  error: Count,
  deadline: Count,
  slow: Count,
  saturation: Count,
});

/**
 * One stretch of serving with one release. Totals, so that a lost report loses nothing; `null`: the built-in
 * one.
 */
export const Counts = Type.Object({
  hash: MaybeHash,
  /** Numbers the switches of this boot: serving with a release again is another stretch. */
  stretch: Count,
  live: OutcomeCounts,
  /** Synthetic payments. */
  probes: OutcomeCounts,
  /**
   * How requests, results and callbacks ended that nobody here failed, by name; left out: not counted
   * (`gate/endings.ts`).
   */
  endings: Type.Optional(
    Type.Record(Type.String({ maxLength: wireLimits.endingChars }), Count, {
      maxProperties: wireLimits.endings,
    }),
  ),
});
export type Counts = Static<typeof Counts>;

/** From a thread beside the event loop that serves, so that a blocked loop is reported, not hidden. */
export const VitalSigns = Type.Object({
  stalledMs: Type.Number({ minimum: 0 }),
  overdue: Count,
  overdueBudget: Count,
  failedProbesInARow: Count,
});

/**
 * What an instance has to tell: the decisions of its core, its receipts, and undos that were ordered on the
 * spot.
 */
export const AgentMessage = Type.Union([
  /** `passedOver` (R9): proved releases that failed to boot twice. */
  Type.Object({
    type: Type.Literal('booted'),
    hash: MaybeHash,
    passedOver: Type.Array(Hash, { maxItems: 16 }),
  }),
  /** Accepted, tasted and switched to, on a lease. */
  Type.Object({
    type: Type.Literal('taken'),
    rollout: Name,
    hash: Hash,
    wayBack: MaybeHash,
    /** What does not work, and was no reason to refuse it: the release did not change it. */
    warnings: Type.Optional(Type.Array(Type.Object({ key: Text, cause: Text }), { maxItems: 8 })),
  }),
  /** NACK. `late`: after it was taken. `key`: the value that does not work, where one can be named. */
  Type.Object({
    type: Type.Literal('refused'),
    rollout: MaybeName,
    hash: Hash,
    key: Type.Optional(Text),
    cause: Text,
    late: Type.Boolean(),
    /** It was not even tried, and why. */
    because: Type.Optional(
      Type.Union([
        Type.Object({ what: Type.Literal('old_order'), order: Count }),
        Type.Object({ what: Type.Literal('undone_here') }),
        Type.Object({ what: Type.Literal('refused_here'), attempt: Count }),
      ]),
    ),
  }),
  Type.Object({ type: Type.Literal('lease_lost'), rollout: Name, hash: Hash }),
  Type.Object({ type: Type.Literal('back'), rollout: MaybeName, from: Hash, hash: MaybeHash }),
  Type.Object({ type: Type.Literal('not_proved'), rollout: Name, cause: Text }),
  Type.Object({ type: Type.Literal('in_ring'), rollout: Name, hash: Hash }),
  /** R2: of a testing instance. */
  Type.Object({ type: Type.Literal('receipt'), receipt: SignedBody(ReceiptBody) }),
  /** A release of its ring, with how it was proved here, because control asked to see it. */
  Type.Object({ type: Type.Literal('shown'), release: ReleaseBody, vouch: Vouch }),
  /**
   * R6: somebody at the machine ordered an undo over the local socket; `by`: who they said they are. R17: the
   * release it leaves is named as far as the person who ordered it knew its names; `order`: the order's id,
   * the same on every path.
   */
  Type.Object({
    type: Type.Literal('undo_ordered_here'),
    by: Text,
    from: Hash,
    to: MaybeHash,
    rollout: Type.Optional(MaybeName),
    order: Type.Optional(Type.String({ maxLength: 100 })),
  }),
]);
export type AgentMessage = Static<typeof AgentMessage>;

/** `seq` counts up within `log`; `at`: ms since the epoch by the instance's clock, for people. */
export const NumberedMessage = Type.Object({
  seq: Type.Integer({ minimum: 1 }),
  at: Type.Number(),
  message: AgentMessage,
});
export type NumberedMessage = Static<typeof NumberedMessage>;

export const phases = [
  'down',
  'starting',
  'steady',
  'verifying',
  'tasting',
  'switching',
  'lent',
  'proving',
  'returning',
] as const satisfies readonly At[];

export const Report = Type.Object({
  kind: Type.Literal('imara.report/1'),
  ...InstanceId.properties,
  /** What fails together: a zone, a rack, a machine. */
  cell: Name,
  /** New with each start of the process; counts and stretches begin again with it. */
  boot: Name,
  /** Grows by one a report, over boots too; a renewal names the one that it answers. */
  beat: Count,
  /** Ids of the schemas that this build understands. */
  schemas: Type.Array(Name, { maxItems: 16 }),
  phase: Type.Enum(phases),
  /** What it serves with at this moment; `null`: what it has built in. */
  running: MaybeHash,
  /** What it would go back to. */
  good: MaybeHash,
  /** The rollout on its way in, or lent. */
  rollout: MaybeName,
  /**
   * The highest order that it has taken up. A control that knows none so high has lost some of what it knew.
   */
  order: Type.Optional(Count),
  /** Rollouts that somebody had undone here, newest last. */
  undone: Type.Optional(Type.Array(Name, { maxItems: 32 })),
  vitals: VitalSigns,
  /** The latest stretches, newest first. */
  counts: Type.Array(Counts, { maxItems: wireLimits.countsInReport }),
  /** Id of the instance's log of messages; new when its disk was lost. */
  log: Name,
  /** What was not acknowledged yet, oldest first. */
  messages: Type.Array(NumberedMessage, { maxItems: wireLimits.messagesInReport }),
});
export type Report = Static<typeof Report>;

export const ReportAnswer = Type.Object({
  /** The highest `seq` of this `log` that control has stored for good; 0: none. */
  acknowledged: Count,
  /** When the next beat is due, in ms; held within `wireLimits`. Without it: `wireLimits.beatMs`. */
  nextBeatMs: Type.Optional(Type.Number({ minimum: 0 })),
  /**
   * A change of this service is under way: instances on the old release are what it is compared with.
   */
  underWay: Type.Optional(Type.Boolean()),
});
export type ReportAnswer = Static<typeof ReportAnswer>;

/**
 * The data as one event of the stream. A kind that this build does not know, or a malformed one, is
 * `undefined`.
 */
export function parseControlEvent(data: string): ControlEvent | undefined {
  return parseAs(ControlEvent, data);
}

export function parseReportAnswer(text: string): ReportAnswer | undefined {
  return parseAs(ReportAnswer, text);
}

/** An event as it stands in the stream. `id`: decimal, grows; left out for what must not be sent again. */
export function controlEventText(event: ControlEvent, id?: number): string {
  return streamedText(event.type, JSON.stringify(event), id);
}

/** A server-sent event whose data is one line. */
export function streamedText(event: string, data: string, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
}

function parseAs<Schema extends TSchema>(schema: Schema, text: string): Static<Schema> | undefined {
  try {
    if (depthOf(text) > wireLimits.depth) return undefined;
    const value: unknown = JSON.parse(text);
    return Value.Check(schema, value) ? value : undefined;
  } catch {
    // Not JSON: the same as JSON of another form.
    return undefined;
  }
}

/** How deep a JSON text nests, found without building it. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/g)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, ++depth);
    if (token === ']' || token === '}') depth -= 1;
  }
  return deepest;
}
