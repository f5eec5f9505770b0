import { BAD, type Bad, type Outcomes } from '../../rollout/gate/gate.ts';
import { wireLimits } from '../../rollout/protocol.ts';

/**
 * What the serving thread tells the thread beside it, in shared memory: counting an outcome is one atomic
 * addition, and nothing of it can wait or allocate. The reader sees it even while the writer's event loop is
 * blocked.
 */
export type Outcome = 'good' | Bad;

const OUTCOMES = ['good', ...BAD] as const;
const OFFSET: Readonly<Record<Outcome, number>> = { good: 0, error: 1, deadline: 2, slow: 3, saturation: 4 };
const PROBES = OUTCOMES.length;
const ENDINGS = 2 * OUTCOMES.length;
const COUNTS = ENDINGS + wireLimits.endings;
/** A stretch's number, then its live outcomes, its probes and its endings. */
const SLOT = 1 + COUNTS;
const SLOTS = wireLimits.countsInReport;

const OVERDUE = 0;
const OVERDUE_BUDGET = 1;
const FAILED_PROBES = 2;
const HANDLED = 3;
const FIRST_SLOT = 4;

const BEAT = 0;
const MOVE_BY = 1;
const TIMES = 2;
const COUNTS_AT = TIMES * BigInt64Array.BYTES_PER_ELEMENT;

export function newSharedCounters(): SharedArrayBuffer {
  return new SharedArrayBuffer(COUNTS_AT + (FIRST_SLOT + SLOTS * SLOT) * Uint32Array.BYTES_PER_ELEMENT);
}

export interface CounterWriter {
  count(stretch: number, outcome: Outcome): void;
  countProbe(stretch: number, outcome: Outcome): void;
  /** `index`: of its name in the list that the reader has too. */
  countEnding(stretch: number, index: number): void;
  overdue(count: number, budget: number): void;
  /** Begins a stretch at zero; that of four switches ago is forgotten. */
  begin(stretch: number): void;
  /** The serving loop moves. */
  beat(now: number): void;
  /** When the serving loop must have moved on or back; `null`: nothing is under way. */
  moveBy(at: number | null): void;
  /** One more event of control was taken up. */
  handled(): void;
  totals(stretch: number): { live: Outcomes; probes: Outcomes };
}

export function counterWriter(shared: SharedArrayBuffer): CounterWriter {
  const { times, counts } = views(shared);
  return {
    count(stretch, outcome) {
      const slot = slotOf(stretch);
      // What began so long ago that its slot is another's counts for nobody.
      if (Atomics.load(counts, slot) === stretch) Atomics.add(counts, slot + 1 + OFFSET[outcome], 1);
    },
    countProbe(stretch, outcome) {
      const slot = slotOf(stretch);
      if (Atomics.load(counts, slot) !== stretch) return;
      Atomics.add(counts, slot + 1 + PROBES + OFFSET[outcome], 1);
      if (outcome === 'good') Atomics.store(counts, FAILED_PROBES, 0);
      else Atomics.add(counts, FAILED_PROBES, 1);
    },
    countEnding(stretch, index) {
      const slot = slotOf(stretch);
      if (index >= wireLimits.endings || Atomics.load(counts, slot) !== stretch) return;
      Atomics.add(counts, slot + 1 + ENDINGS + index, 1);
    },
    overdue(count, budget) {
      Atomics.store(counts, OVERDUE, count);
      Atomics.store(counts, OVERDUE_BUDGET, budget);
    },
    begin(stretch) {
      const slot = slotOf(stretch);
      // The number goes first and comes last, so that no reader takes the zeros for the old stretch's.
      Atomics.store(counts, slot, 0);
      for (let at = 1; at < SLOT; at++) Atomics.store(counts, slot + at, 0);
      Atomics.store(counts, slot, stretch);
      Atomics.store(counts, FAILED_PROBES, 0);
    },
    beat: (now) => void Atomics.store(times, BEAT, BigInt(Math.round(now))),
    moveBy: (at) => void Atomics.store(times, MOVE_BY, BigInt(Math.round(at ?? 0))),
    handled: () => void Atomics.add(counts, HANDLED, 1),
    totals: (stretch) => totalsAt(counts, slotOf(stretch)),
  };
}

export interface CounterReader {
  readonly beatAt: number;
  readonly moveBy: number | null;
  readonly handled: number;
  readonly overdue: number;
  readonly overdueBudget: number;
  readonly failedProbesInARow: number;
  /**
   * Stretches with their totals, newest first. The shared counts wrap at 2³²; these do not, if read now and
   * then.
   */
  stretches(): { stretch: number; live: Outcomes; probes: Outcomes; endings: readonly number[] }[];
}

export function counterReader(shared: SharedArrayBuffer): CounterReader {
  const { times, counts } = views(shared);
  const seen = Array.from({ length: SLOTS }, () => ({ stretch: 0, last: zeros(), total: zeros() }));
  const now = zeros();
  return {
    get beatAt() {
      return Number(Atomics.load(times, BEAT));
    },
    get moveBy() {
      return Number(Atomics.load(times, MOVE_BY)) || null;
    },
    get handled() {
      return Atomics.load(counts, HANDLED);
    },
    get overdue() {
      return Atomics.load(counts, OVERDUE);
    },
    get overdueBudget() {
      return Atomics.load(counts, OVERDUE_BUDGET);
    },
    get failedProbesInARow() {
      return Atomics.load(counts, FAILED_PROBES);
    },
    stretches() {
      for (const [index, known] of seen.entries()) {
        const slot = FIRST_SLOT + index * SLOT;
        const stretch = Atomics.load(counts, slot);
        if (stretch === 0) continue;
        for (let at = 0; at < COUNTS; at++) now[at] = Atomics.load(counts, slot + 1 + at);
        if (Atomics.load(counts, slot) !== stretch) continue;
        if (known.stretch !== stretch) Object.assign(known, { stretch, last: zeros(), total: zeros() });
        const { last, total } = known;
        for (let at = 0; at < COUNTS; at++) {
          const count = now[at] ?? 0;
          total[at] = (total[at] ?? 0) + ((count - (last[at] ?? 0)) >>> 0);
          last[at] = count;
        }
      }
      return seen
        .filter(({ stretch }) => stretch > 0)
        .sort((a, b) => b.stretch - a.stretch)
        .map(({ stretch, total }) => ({ stretch, ...outcomesOf(total), endings: total.slice(ENDINGS) }));
    },
  };
}

function views(shared: SharedArrayBuffer): { times: BigInt64Array; counts: Uint32Array } {
  return { times: new BigInt64Array(shared, 0, TIMES), counts: new Uint32Array(shared, COUNTS_AT) };
}

function slotOf(stretch: number): number {
  return FIRST_SLOT + (stretch % SLOTS) * SLOT;
}

function zeros(): number[] {
  return new Array<number>(COUNTS).fill(0);
}

function totalsAt(counts: Uint32Array, slot: number): { live: Outcomes; probes: Outcomes } {
  return outcomesOf(Array.from({ length: ENDINGS }, (_, at) => Atomics.load(counts, slot + 1 + at)));
}

function outcomesOf(values: readonly number[]): { live: Outcomes; probes: Outcomes } {
  const from = (first: number): Outcomes => {
    const at = (outcome: Outcome) => values[first + OFFSET[outcome]] ?? 0;
    return {
      good: at('good'),
      error: at('error'),
      deadline: at('deadline'),
      slow: at('slow'),
      saturation: at('saturation'),
    };
  };
  return { live: from(0), probes: from(PROBES) };
}
