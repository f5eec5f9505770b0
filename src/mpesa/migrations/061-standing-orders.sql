-- One row a standing order, from its acceptance to its end.
--   accepted  acknowledged; the customer was not asked yet
--   prompted  the phone asks
--   active    the customer said yes: a payment is made on each day that is due, until `end_day`
--   ended     refused, or past its last day
create table mpesa.standing_order (
  id uuid primary key,
  response_ref text not null,
  request_ref text not null,
  app_id text not null,
  name text not null,
  -- Who is paid, and as what.
  short_code text not null,
  kind text not null check (kind in ('pay_bill', 'buy_goods')),
  msisdn text not null,
  amount_cents bigint not null check (amount_cents > 0),
  account_reference text not null,
  description text not null,
  callback_url text not null,
  every text not null,
  start_day date not null,
  end_day date not null check (end_day >= start_day),
  accepted_at timestamptz not null,
  -- The customer must have answered by then.
  expires_at timestamptz not null,
  state text not null default 'accepted' check (state in ('accepted', 'prompted', 'active', 'ended')),
  -- A worker's claim on the row: a dead worker's claim lapses.
  claimed_until timestamptz,
  -- No two orders of one customer have one name: taken before the customer is asked.
  holds_name boolean not null default false,
  -- The first day whose payment is not made yet.
  next_due date,
  receipt text,
  result_code text,
  result_desc text,
  resolved_at timestamptz,
  check ((state = 'active') = (next_due is not null)),
  check (holds_name or state in ('accepted', 'ended'))
) with (fillfactor = 70);

create unique index standing_order_name on mpesa.standing_order (msisdn, name) where holds_name;
create index standing_order_accepted on mpesa.standing_order (accepted_at) where state = 'accepted';
create index standing_order_expiring on mpesa.standing_order (expires_at) where state in ('accepted', 'prompted');
create index standing_order_due on mpesa.standing_order (next_due) where state = 'active';

-- A payment that is due comes from no phone: the customer said yes once for all of them.
alter table mpesa.payment drop constraint payment_source_check,
  add constraint payment_source_check check (source in ('phone', 'simulate', 'bonga', 'standing-order'));
