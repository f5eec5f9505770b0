-- Organisations that opted in to Bill Manager, each once.
create table mpesa.biller (
  short_code text primary key,
  app_id text not null,
  -- Told once, when it opts in; the app sends it with what it asks for this short code.
  app_key text not null unique,
  email text not null,
  official_contact text not null,
  send_reminders boolean not null,
  logo text not null,
  callback_url text not null,
  opted_in_at timestamptz not null
);
create index biller_app on mpesa.biller (app_id);

-- One row an invoice.
--   open       sent; `paid_cents` of it are paid
--   paid       wholly
--   cancelled  recalled by its biller before anything was paid: its reference is free again
create table mpesa.invoice (
  id uuid primary key,
  short_code text not null,
  external_reference text not null,
  billed_name text not null,
  billed_msisdn text not null,
  billed_period text not null,
  name text not null,
  due_day date not null,
  account_reference text not null,
  amount_cents bigint not null check (amount_cents > 0),
  -- `[{"itemName": "water", "cents": 70000}]`, as they were sent; their sum is nobody's business.
  items jsonb not null,
  sent_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'paid', 'cancelled')),
  paid_cents bigint not null default 0 check (paid_cents between 0 and amount_cents),
  -- The next text that its customer may get; null: there is none.
  next_reminder_at timestamptz,
  closed_at timestamptz,
  check ((state = 'open') = (closed_at is null)),
  check ((state = 'paid') = (paid_cents = amount_cents)),
  check (state <> 'cancelled' or paid_cents = 0)
) with (fillfactor = 80);
create unique index invoice_reference on mpesa.invoice (short_code, external_reference) where state <> 'cancelled';
create index invoice_payable on mpesa.invoice (short_code, account_reference) where state = 'open';
create index invoice_reminding on mpesa.invoice (next_reminder_at) where state = 'open' and next_reminder_at is not null;

-- One row a payment that a customer made to a biller, written with the row of its receipt, in the transaction of the books.
--   received  its biller was not told yet
--   told      what it settles is settled, and the callback to the biller is written
create table mpesa.bill_payment (
  id uuid primary key,
  receipt text not null unique,
  short_code text not null,
  msisdn text not null,
  amount_cents bigint not null check (amount_cents > 0),
  account_reference text not null,
  paid_at timestamptz not null,
  state text not null default 'received' check (state in ('received', 'told')),
  -- What no invoice took: all of it, or what was paid too much.
  over_cents bigint not null default 0 check (over_cents between 0 and amount_cents),
  told_at timestamptz,
  acknowledged_at timestamptz,
  check ((state = 'told') = (told_at is not null))
) with (fillfactor = 80);
create index bill_payment_received on mpesa.bill_payment (paid_at) where state = 'received';
