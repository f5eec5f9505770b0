-- Who may ask in an organisation's name: one of its API users, with what it may do.
create table mpesa.initiator (
  -- The head office: what it holds, its stores and tills included, is asked for by its own initiators.
  short_code text not null,
  username text not null,
  -- scrypt with its salt, because people choose these passwords.
  password_hash text not null,
  roles text[] not null,
  -- Wrong credentials in a row; too many lock it for a while.
  wrong_in_row integer not null default 0,
  locked_until timestamptz,
  primary key (short_code, username)
);

-- One row a request of an asynchronous product, from its acknowledgement to its one callback.
--   accepted  acknowledged; nothing is decided
--   resolved  `result_code` is final, and the callback to `result_url` is written
--   expired   nobody dealt with it in time: the callback to `queue_timeout_url` is written, and nothing else ever happens
create table mpesa.request (
  id uuid primary key,
  product text not null,
  conversation_id text not null unique,
  originator_conversation_id text not null,
  app_id text not null,
  -- PartyA: whose request it is.
  short_code text not null,
  initiator text not null,
  -- As it came, until the request has ended.
  security_credential text,
  -- What the product alone reads of the request.
  details jsonb not null,
  result_url text not null,
  queue_timeout_url text not null,
  accepted_at timestamptz not null,
  expires_at timestamptz not null,
  state text not null default 'accepted' check (state in ('accepted', 'resolved', 'expired')),
  -- A worker's claim on the row: a dead worker's claim lapses.
  claimed_until timestamptz,
  result_code jsonb,
  result_desc text,
  ended_at timestamptz,
  unique (short_code, originator_conversation_id),
  check ((state = 'accepted') = (ended_at is null)),
  check ((state = 'accepted') = (security_credential is not null)),
  check ((state = 'resolved') = (result_code is not null))
) with (fillfactor = 70);

create index request_open on mpesa.request (product, accepted_at) where state = 'accepted';
create index request_expiring on mpesa.request (expires_at) where state = 'accepted';
