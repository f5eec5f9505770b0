import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Past, targetOf, wayBack } from './way-back.ts';

const hash = (name: string) => `sha256:${name.repeat(64).slice(0, 64)}`;

/** Each made from the one before; the last proved one is in force. */
const past = release(
  { sequence: 1, hash: hash('a'), parent: null },
  { sequence: 2, hash: hash('b'), parent: hash('a') },
  { sequence: 3, hash: hash('c'), parent: hash('b'), phase: 'rolled_back' },
  { sequence: 4, hash: hash('bd'), parent: hash('b') },
  { sequence: 5, hash: hash('e'), parent: hash('bd') },
  { sequence: 6, hash: hash('f'), parent: hash('e'), phase: 'testing' },
);

function release(...each: (Pick<Past, 'sequence' | 'hash' | 'parent'> & Partial<Past>)[]): Past[] {
  const whole = each.map((one): Past => ({ phase: 'proved', backTo: null, current: false, ...one }));
  const last = whole.findLastIndex(({ phase }) => phase === 'proved');
  return whole.map((one, index) => ({ ...one, current: index === last }));
}

const said = (wanted: string, releases = past) => {
  const target = targetOf(releases, wanted);
  return target.ok
    ? `${target.sequence}, takes ${target.takes}`
    : `${target.why}: ${target.reason}; ${target.advice}`;
};

test('R17: an undo may lead to what was proved before, by number, hash or the beginning of a hash', () => {
  assert.deepEqual(
    wayBack(past).map(({ sequence }) => sequence),
    [4, 2, 1],
  );
  assert.equal(said('4'), '4, takes 5');
  assert.equal(said('1'), '1, takes 5,4,2');
  assert.equal(said(hash('b')), '2, takes 5,4');
  assert.equal(said('bdbd'), '4, takes 5');
  assert.equal(said('sha256:aaaa'), '1, takes 5,4,2');
});

test('R17: to anything else it does not lead, and the nearest is named', () => {
  assert.match(said('99'), /^unknown: there is no release 99; .* release 4 \(sha256:bdbdbdbdbdbd\)$/);
  assert.match(said('aab0'), /^unknown: .* release 1 \(sha256:aaaaaaaaaaaa\)$/);
  assert.match(said('bb'), /^unknown/, 'too short to name one');
  assert.match(said('3'), /^undone: release 3 was taken back itself; .*release [24].*imara redo/);
  assert.match(said('5'), /^in_force: release 5 is the one in force; .*release 4 /);
  assert.match(said('6'), /^not_proved: release 6 was never proved; .*release 4 /);
  assert.match(said(hash('f')), /^not_proved/);
});

test('a hash that begins like those of two releases names neither', () => {
  const two = release(
    { sequence: 1, hash: `sha256:abcd1${'0'.repeat(59)}`, parent: null },
    { sequence: 2, hash: `sha256:abcd2${'0'.repeat(59)}`, parent: `sha256:abcd1${'0'.repeat(59)}` },
  );
  assert.match(said('abcd', two), /^ambiguous: .* 2 releases begin; give more/);
});

test('what an undo to an older one has passed over is not gone to, nor what is newer', () => {
  const after = past.map((one) => {
    if (one.sequence === 5)
      return { ...one, phase: 'rolled_back' as const, current: false, backTo: hash('b') };
    return { ...one, current: one.sequence === 2 };
  });
  assert.match(said('4', after), /^newer: release 4 is newer than release 2/);
  const pushed = [
    ...after.map((one) => ({ ...one, current: false })),
    ...release({ sequence: 7, hash: hash('9'), parent: hash('b') }),
  ];
  assert.match(said('4', pushed), /^passed_over: .*push its content/);
  assert.equal(said('2', pushed), '2, takes 7');
});

test('content that was undone and proved again later may be gone to', () => {
  const again = release(
    { sequence: 1, hash: hash('a'), parent: null },
    { sequence: 2, hash: hash('b'), parent: hash('a'), phase: 'rolled_back' },
    { sequence: 3, hash: hash('b'), parent: hash('a') },
    { sequence: 4, hash: hash('c'), parent: hash('b') },
  );
  assert.equal(said(hash('b'), again), '3, takes 4');
  assert.match(said('2', again), /^undone/);
});

test('the way ends where instances keep no more, where nothing is in force, and in no circle', () => {
  const many = release(
    ...Array.from({ length: 9 }, (_, index) => ({
      sequence: index + 1,
      hash: hash(String(index)),
      parent: index === 0 ? null : hash(String(index - 1)),
    })),
  );
  assert.match(said('2', many), /^too_old: .*release 5 .*push its content/);
  assert.match(
    said(
      '1',
      many.map((one) => ({ ...one, current: false })),
    ),
    /^passed_over|^too_old/,
  );
  const circle = release(
    { sequence: 1, hash: hash('a'), parent: hash('b'), phase: 'rolled_back' },
    { sequence: 2, hash: hash('b'), parent: hash('a'), phase: 'rolled_back' },
    { sequence: 3, hash: hash('c'), parent: hash('b') },
  );
  assert.deepEqual(wayBack(circle), []);
});
