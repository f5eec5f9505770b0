/** A fact that must hold over the whole of the books, and the query that finds the rows that break it. */
export interface Invariant {
  name: string;
  violations: string;
}

/**
 * What a transfer did to one account: the available balance moves when money is posted or reserved; a
 * resolution gives back what was held and takes what is posted.
 */
const legs = `
  select l.account, l.version, l.after, l.delta, t.id
  from ledger.transfer t left join ledger.transfer p on p.id = t.ref and p.kind = 'pending' and p.refusal is null
  cross join lateral (values
    (t.debit, t.debit_version, t.debit_after, case
      when t.kind in ('single', 'reversal', 'pending') then -t.amount
      when t.kind = 'void' then t.amount else p.amount - t.amount end),
    (t.credit, t.credit_version, t.credit_after, case
      when t.kind in ('pending', 'void') then 0 else t.amount end)
  ) as l (account, version, after, delta)
  where t.refusal is null`;

const posted = `kind in ('single', 'reversal', 'post', 'post_rest')`;
const resolution = `kind in ('post', 'post_rest', 'void')`;

/**
 * The counters that the applied transfers add up to. A resolved hold is pending no more, whatever was posted
 * of it.
 */
const replayed = `
  select account, sum(dp) as dp, sum(cp) as cp, sum(dn) as dn, sum(cn) as cn, count(*) as version from (
    select debit as account, case when ${posted} then amount else 0 end as dp, 0 as cp,
      case when kind = 'pending' then amount when ${resolution} then -held else 0 end as dn, 0 as cn from moves
    union all
    select credit, 0, case when ${posted} then amount else 0 end, 0,
      case when kind = 'pending' then amount when ${resolution} then -held else 0 end from moves
  ) sides group by account`;

const moves = `
  select t.kind, t.debit, t.credit, t.amount, p.amount as held
  from ledger.transfer t left join ledger.transfer p on p.id = t.ref and p.kind = 'pending' and p.refusal is null
  where t.refusal is null`;

/** What a transfer counts against a limit: its amount, less what its resolution gave back. */
const counted = `
  select k.key, sum(t.amount - coalesce(case when r.kind = 'void' then t.amount else t.amount - r.amount end, 0)) as used
  from ledger.transfer t
  cross join lateral unnest(string_to_array(t.usage, E'\\n')) as k (key)
  left join ledger.transfer r on t.kind = 'pending' and r.ref = t.id and r.refusal is null and r.${resolution}
  where t.refusal is null and t.usage is not null group by k.key`;

export const invariants: readonly Invariant[] = [
  {
    name: 'the posted counters of all accounts sum to zero',
    violations: `select sum(credits_posted - debits_posted) as sum from ledger.account
      having sum(credits_posted - debits_posted) <> 0`,
  },
  {
    name: 'the pending counters of all accounts sum to zero',
    violations: `select sum(credits_pending - debits_pending) as sum from ledger.account
      having sum(credits_pending - debits_pending) <> 0`,
  },
  {
    name: 'no account is below its floor, pending debits counted',
    violations: `select id, floor, credits_posted - debits_posted - debits_pending as available from ledger.account
      where credits_posted - debits_posted - debits_pending < floor`,
  },
  {
    name: 'no account is above its ceiling, pending credits counted',
    violations: `select id, ceiling, credits_posted + credits_pending - debits_posted as balance from ledger.account
      where credits_posted + credits_pending - debits_posted > ceiling`,
  },
  {
    name: 'the counters of an account equal the replay of its transfers',
    violations: `with moves as (${moves}), replayed as (${replayed})
      select coalesce(a.id, r.account) as account, r.dp, r.cp, r.dn, r.cn
      from ledger.account a full join replayed r on r.account = a.id
      where a.id is null or (a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending)
        is distinct from (coalesce(r.dp, 0), coalesce(r.cp, 0), coalesce(r.dn, 0), coalesce(r.cn, 0))`,
  },
  {
    name: 'the version of an account counts its transfers',
    violations: `with legs as (${legs}), counts as (select account, count(*) as version from legs group by account)
      select a.id as account, a.version, c.version as transfers
      from ledger.account a left join counts c on c.account = a.id where a.version <> coalesce(c.version, 0)`,
  },
  {
    name: 'the transfers of an account have versions without gap, each with the balance after it',
    violations: `with legs as (${legs}), replay as (select *,
          row_number() over in_order as expected_version, sum(delta) over in_order as expected_after
        from legs window in_order as (partition by account order by version rows unbounded preceding))
      select account, id as transfer, version, expected_version, after, expected_after from replay
      where version <> expected_version or after <> expected_after`,
  },
  {
    name: 'a hold is resolved at most once, by no more than was held, between its own accounts',
    violations: `with resolutions as (
        select *, count(*) over (partition by ref) as times from ledger.transfer where refusal is null and ${resolution})
      select t.id as transfer, t.ref as hold, t.times from resolutions t
      left join ledger.transfer p on p.id = t.ref and p.kind = 'pending' and p.refusal is null
      where p.id is null or t.times > 1 or t.amount > p.amount or (t.kind = 'void' and t.amount <> p.amount)
        or (t.debit, t.credit) <> (p.debit, p.credit)`,
  },
  {
    name: 'the open holds are the pending transfers that nothing resolved',
    violations: `with unresolved as (select p.id, p.debit, p.credit, p.amount, p.usage from ledger.transfer p
        where p.kind = 'pending' and p.refusal is null and not exists (select 1 from ledger.transfer r
          where r.ref = p.id and r.refusal is null and r.${resolution}))
      select coalesce(h.id, u.id) as hold from ledger.hold h full join unresolved u on u.id = h.id
      where h.id is null or u.id is null
        or (h.debit, h.credit, h.amount, h.usage) is distinct from (u.debit, u.credit, u.amount, u.usage)`,
  },
  {
    name: 'a chain is whole, and all of it was applied or all refused for one cause',
    violations: `select coalesce(chain, id) as entry from ledger.transfer group by coalesce(chain, id)
      having count(*) <> max(size) or min(size) <> max(size) or count(distinct place) <> max(size)
        or min(place) <> 0 or max(place) <> max(size) - 1
        or (count(refusal) > 0 and (count(refusal) <> count(*) or count(*) filter (where refusal <> 'linked') <> 1))`,
  },
  {
    name: 'an id was decided once',
    violations: 'select id as transfer, count(*) from ledger.transfer group by id having count(*) > 1',
  },
  {
    name: 'usage equals the sum of what counts against it',
    violations: `with counted as (${counted})
      select coalesce(u.key, c.key) as key, u.used, c.used as counted
      from ledger.usage u full join counted c on c.key = u.key where coalesce(u.used, 0) <> coalesce(c.used, 0)`,
  },
  {
    name: 'a transfer is reversed by no more than its amount, along its own way back',
    violations: `select r.ref as original, sum(r.amount) as reversed from ledger.transfer r
      left join ledger.transfer o on o.id = r.ref and o.refusal is null and o.kind in ('single', 'post', 'post_rest')
        and o.debit = r.credit and o.credit = r.debit
      where r.kind = 'reversal' and r.refusal is null
      group by r.ref, o.amount having o.amount is null or sum(r.amount) > o.amount`,
  },
];
