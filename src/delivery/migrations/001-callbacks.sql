create schema if not exists delivery;

-- One row a callback, from the fact it tells to the end of its delivery.
--   pending    to be attempted at `due_at`; claimed by a worker while `claimed_until` has not passed
--   delivered  a receiver answered 2xx: never sent again
--   exhausted  the last attempt of its schedule failed: waits for a replay
--   refused    its target is not allowed (see target.ts): waits for a replay
create table delivery.callback (
  id uuid primary key,
  url text not null,
  -- Host name of `url` ('' when it has none): the unit of fairness between receivers.
  host text not null,
  headers json not null,
  body text not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'exhausted', 'refused')),
  -- Attempts with a known outcome since it was written or last replayed.
  attempts integer not null default 0,
  due_at timestamptz not null,
  -- Compared with the database's clock alone, so that the clocks of the workers need not agree.
  claimed_until timestamptz,
  claimed_by uuid,
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  check ((state = 'pending') = (settled_at is null))
) with (fillfactor = 70);

create index callback_pending on delivery.callback (host, due_at) where state = 'pending';

-- Append-only: what happened at each attempt.
create table delivery.attempt (
  id uuid primary key,
  callback_id uuid not null,
  n integer not null,
  at timestamptz not null,
  -- The address that was connected to, when it came that far.
  address text,
  outcome text not null,
  status integer,
  duration_ms integer not null,
  reason text,
  -- First bytes of an answer that was not 2xx.
  response text
);

create index attempt_callback on delivery.attempt (callback_id);
