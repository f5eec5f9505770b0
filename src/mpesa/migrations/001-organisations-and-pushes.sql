create schema if not exists mpesa;

-- Who is paid: a short code and what it may do. The passkey itself is never stored: a request carries it inside
-- its Password, so its SHA-256 is enough to check it.
create table mpesa.organisation (
  short_code text primary key,
  name text not null,
  kind text not null check (kind in ('paybill', 'till')),
  -- A till's money and passkey belong to its head office; a pay bill is its own.
  head_office text not null,
  passkey_sha256 bytea,
  products text[] not null,
  created_at timestamptz not null default now()
);

-- One row a push, from the acknowledgement to its one result.
--   accepted  acknowledged to the caller, not yet on a phone
--   prompted  the handset gateway has it
--   answered  the subscriber said yes with a right PIN: only the books can still say no; `receipt` is decided
--   resolved  `result_code` is final and the callback is written
create table mpesa.stk_push (
  id uuid primary key,
  merchant_request_id text not null,
  checkout_request_id text not null unique,
  app_id text not null,
  short_code text not null,
  party_b text not null,
  transaction_type text not null,
  msisdn text not null,
  amount_cents bigint not null check (amount_cents > 0),
  account_reference text not null,
  description text not null,
  callback_url text not null,
  accepted_at timestamptz not null,
  -- A push not answered by then is resolved without money (1037 or 1019).
  expires_at timestamptz not null,
  state text not null default 'accepted' check (state in ('accepted', 'prompted', 'answered', 'resolved')),
  -- A worker's claim on the row: a crashed worker's claim lapses.
  claimed_until timestamptz,
  prompted_at timestamptz,
  answered_at timestamptz,
  receipt text unique,
  result_code integer,
  result_desc text,
  resolved_at timestamptz,
  check ((state = 'resolved') = (result_code is not null))
) with (fillfactor = 70);

-- "Unable to lock subscriber": one open push a subscriber, decided by the database.
create unique index stk_push_one_open on mpesa.stk_push (msisdn) where state <> 'resolved';
create index stk_push_due on mpesa.stk_push (expires_at) where state <> 'resolved';
