import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { counterReader, counterWriter, newSharedCounters, type Outcome } from './counters.ts';

const outcomes: readonly Outcome[] = ['good', 'error', 'deadline', 'slow', 'saturation'];

test('what is counted is read, for the last four stretches, live and probes apart', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...outcomes, 'switch' as const, 'read' as const)), (history) => {
      const shared = newSharedCounters();
      const writer = counterWriter(shared);
      const reader = counterReader(shared);
      const expected = new Map<number, Record<Outcome, number>>();
      let stretch = 0;
      for (const each of ['switch' as const, ...history]) {
        if (each === 'read') reader.stretches();
        else if (each === 'switch') {
          stretch += 1;
          writer.begin(stretch);
          expected.set(stretch, { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 });
          expected.delete(stretch - 4);
        } else {
          writer.count(stretch, each);
          writer.countProbe(stretch, 'good');
          const counts = expected.get(stretch);
          if (counts !== undefined) counts[each] += 1;
        }
      }
      const read = reader.stretches();
      assert.deepEqual(new Map(read.map(({ stretch: of, live }) => [of, live])), expected);
      assert.equal(
        read[0]?.probes.good,
        Object.values(read[0]?.live ?? {}).reduce((a, b) => a + b, 0),
      );
      assert.deepEqual(writer.totals(stretch), { live: read[0]?.live, probes: read[0]?.probes });
    }),
  );
});

test('an outcome of a stretch long gone is counted for no other', () => {
  const shared = newSharedCounters();
  const writer = counterWriter(shared);
  for (let stretch = 1; stretch <= 5; stretch++) writer.begin(stretch);
  writer.count(1, 'error');
  writer.countProbe(1, 'error');
  for (const { live, probes } of counterReader(shared).stretches()) {
    assert.equal(live.error + probes.error, 0);
  }
});

test('the shared counts wrap at 2³², the totals that are told do not', () => {
  const shared = newSharedCounters();
  const writer = counterWriter(shared);
  const reader = counterReader(shared);
  writer.begin(1);
  const counts = new Uint32Array(shared);
  writer.count(1, 'good');
  const at = counts.lastIndexOf(1);
  Atomics.store(counts, at, 0xffff_fffe);
  reader.stretches();
  for (let more = 0; more < 4; more++) writer.count(1, 'good');
  assert.equal(reader.stretches()[0]?.live.good, 0xffff_fffe + 4);
});
