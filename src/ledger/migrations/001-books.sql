create schema if not exists ledger;

-- Amounts are whole cents of the one currency (KES). The counters never shrink but for the pending ones. `version`
-- counts the applied transfers that touched the account; whoever changes floor, ceiling or state adds one to `terms`.
-- Every write of the row is guarded by both.
-- Fill factor and no index but the key: a write of the counters stays inside its page (HOT).
create table ledger.account (
  id bigint primary key,
  debits_posted bigint not null default 0,
  credits_posted bigint not null default 0,
  debits_pending bigint not null default 0,
  credits_pending bigint not null default 0,
  version bigint not null default 0,
  terms bigint not null default 0,
  floor bigint,
  ceiling bigint,
  kind text not null check (kind in ('customer', 'merchant', 'operator', 'clearing')),
  state text not null default 'open' check (state in ('open', 'frozen', 'closed')),
  constraint account_counters check (
    debits_posted >= 0 and credits_posted >= 0 and debits_pending >= 0 and credits_pending >= 0),
  constraint account_floor check (floor is null or credits_posted - debits_posted - debits_pending >= floor),
  constraint account_ceiling check (ceiling is null or credits_posted + credits_pending - debits_posted <= ceiling)
) with (fillfactor = 50);

-- Every decision, append only: one row an id, refused ones too, because a refusal is an answer that was given.
create table ledger.transfer (
  id uuid primary key,
  -- Null when a post or void named no hold.
  debit bigint,
  credit bigint,
  amount bigint,
  -- Applied: the account's version and available balance just after this transfer.
  debit_version bigint,
  credit_version bigint,
  debit_after bigint,
  credit_after bigint,
  recorded_at timestamptz not null,
  -- What a post or void resolves, what a reversal reverses.
  ref uuid,
  -- The first transfer of the entry, when the entry has more than one.
  chain uuid,
  place smallint not null,
  size smallint not null,
  -- `post_rest` is a post that named no amount.
  kind text not null check (kind in ('single', 'pending', 'reversal', 'post', 'post_rest', 'void')),
  code text not null,
  -- Null: applied. `linked`: another transfer of the chain was refused.
  refusal text,
  -- Applied: the usage keys it counts in, one a line. Refused by `over_limit`: the scope.
  usage text,
  constraint transfer_applied_is_whole check (refusal is not null or (
    amount > 0 and debit <> credit and debit_version > 0 and credit_version > 0
    and debit_after is not null and credit_after is not null))
);

-- Open holds only: a resolved one is deleted, its history is in `transfer`. The id is the pending transfer's.
create table ledger.hold (
  id uuid primary key,
  debit bigint not null,
  credit bigint not null,
  amount bigint not null check (amount > 0),
  expires_at timestamptz not null,
  usage text
);
create index hold_expiry on ledger.hold (expires_at);

-- What limits measure: the sum of the applied transfers that name the key (`scope/key/window`).
create table ledger.usage (
  key text primary key,
  used bigint not null check (used >= 0)
) with (fillfactor = 70);
