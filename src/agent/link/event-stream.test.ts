import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createEventReader, StreamFault } from './event-stream.ts';

const text =
  ': hello\n\nid: 7\nevent: undo\ndata: {"a":\ndata: "é✓"}\n\nid: 8\r\ndata:x\r\n\r\ndata: no id\n\n:\n\nid: 9\n\n';
const events = [
  { id: '7', data: '{"a":\n"é✓"}' },
  { id: '8', data: 'x' },
  { id: undefined, data: 'no id' },
];

test('events come out the same however the stream is cut, within a character too', () => {
  const bytes = new TextEncoder().encode(text);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const read = createEventReader(1_000);
      const ends = [...cuts, bytes.length].sort((a, b) => a - b);
      const all = ends.flatMap((end, index) => read(bytes.subarray(ends[index - 1] ?? 0, end)));
      assert.deepEqual(all, events);
    }),
  );
});

test('an event longer than the limit is a fault before it is gathered, in one line or in many', () => {
  const chunk = (line: string) => new TextEncoder().encode(line);
  for (const line of ['x'.repeat(100), `data: ${'x'.repeat(50)}\n`]) {
    const read = createEventReader(1_000);
    assert.throws(() => {
      for (let times = 0; times < 30; times++) read(chunk(line));
    }, StreamFault);
  }
});

test('signs of life and other events do not count towards the length of one', () => {
  const read = createEventReader(1_000);
  const all = Array.from({ length: 100 }, () => [
    ...read(new TextEncoder().encode(`: ${'x'.repeat(50)}\n\n`)),
    ...read(new TextEncoder().encode(`data: ${'x'.repeat(900)}\n\n`)),
  ]);
  assert.equal(all.flat().length, 100);
});
