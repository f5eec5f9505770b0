/**
 * The rules that tests carry in their names, in short; `unbuilt`: the part that they bind is not there yet.
 */
export const rules: readonly { number: number; says: string; unbuilt?: string }[] = [
  { number: 1, says: 'nothing waits without a deadline, and an outcome counts when it passes' },
  { number: 2, says: 'production takes no release without valid receipts of testing instances' },
  { number: 3, says: 'production is reached in waves, each opened by evidence' },
  {
    number: 4,
    says: 'a release is tasted apart, by the code that will use it; what does not work is refused, also late',
  },
  { number: 5, says: 'a new release is lent: without renewals the instance returns by itself' },
  { number: 6, says: 'an undo cannot be refused or delayed' },
  { number: 7, says: 'only what was proved under traffic on the instance enters its ring on disk' },
  { number: 8, says: 'an instance boots and serves with everything else gone' },
  { number: 9, says: 'after two failed boots the proved-good release is taken' },
  { number: 10, says: 'silence is failure: no data is never healthy' },
  { number: 11, says: 'the watch needs nothing of what it watches' },
  { number: 12, says: 'every queue and pool is bounded, and what is over the bound is answered at once' },
  { number: 13, says: 'one budget bounds what takes instances away; no request is dropped' },
  { number: 14, says: 'money: double entry, idempotent, provable; what was acknowledged survives' },
  { number: 15, says: 'one journal, append only and chained, holds everything in one order' },
  { number: 16, says: 'public status follows the alarm, and the report is drafted by itself' },
  { number: 17, says: 'an undo names the release it leaves; said twice it takes back one' },
  { number: 18, says: 'control and fleet agree again by themselves, and show the difference until then' },
  { number: 19, says: 'the gate counts what users feel, by whose fault it is' },
];
