-- Where an organisation wants to be told of payments that customers make by themselves. `version`: of the call that
-- registered it, which decides how the callbacks show the payer.
create table mpesa.c2b_registration (
  short_code text primary key,
  version smallint not null check (version in (1, 2)),
  -- What becomes of a payment whose validation nobody answered.
  response_type text not null check (response_type in ('Completed', 'Cancelled')),
  confirmation_url text not null,
  validation_url text not null,
  app_id text not null,
  registered_at timestamptz not null
);

-- Whether payments to this short code are asked of its ValidationURL first.
alter table mpesa.organisation add column validates_payments boolean not null default false;

-- Who pays out cash.
create table mpesa.agent (
  number text primary key,
  name text not null
);

-- One row a payment that a customer makes, from its acceptance to its one result.
--   accepted    nothing is decided
--   validating  the merchant is to be asked, once, until `validate_by`; then its ResponseType decides
--   paying      only the books can still say no
--   resolved    `result_code` is final; what is told of it commits with it
create table mpesa.payment (
  id uuid primary key,
  kind text not null check (kind in ('pay_bill', 'buy_goods', 'send_money', 'pochi', 'withdraw')),
  source text not null check (source in ('phone', 'simulate', 'bonga')),
  conversation_id text not null,
  originator_conversation_id text not null,
  msisdn text not null,
  -- Short code, till, agent, or the MSISDN of another customer.
  payee text not null,
  account_reference text not null,
  amount_cents bigint not null check (amount_cents > 0),
  accepted_at timestamptz not null,
  state text not null default 'accepted' check (state in ('accepted', 'validating', 'paying', 'resolved')),
  -- A worker's claim on the row: a dead worker's claim lapses.
  claimed_until timestamptz,
  -- Decided before the merchant is asked: its validation names it.
  receipt text unique,
  validation_host text,
  validate_by timestamptz,
  third_party_trans_id text not null default '',
  result_code jsonb,
  result_desc text,
  resolved_at timestamptz,
  check ((state = 'resolved') = (result_code is not null)),
  check ((state = 'validating') <= (validation_host is not null and validate_by is not null))
) with (fillfactor = 70);

create index payment_accepted on mpesa.payment (accepted_at) where state = 'accepted';
create index payment_validating on mpesa.payment (validation_host, accepted_at) where state = 'validating';
create index payment_paying on mpesa.payment (accepted_at) where state = 'paying';
create index payment_conversation on mpesa.payment (conversation_id);
