-- What each payment settled, so that its reversal opens it again. Of a payment that was told before this migration nothing is here: its reversal
-- opens nothing.
create table mpesa.bill_part (
  payment_id uuid not null references mpesa.bill_payment on delete cascade,
  invoice_id uuid not null,
  cents bigint not null check (cents > 0),
  -- Of them, what went back to the customer.
  reversed_cents bigint not null default 0 check (reversed_cents between 0 and cents),
  primary key (payment_id, invoice_id)
);

-- One row a reversal of such a payment, written in the transaction of the books that pays it back.
create table mpesa.bill_reversal (
  payment_id uuid primary key references mpesa.bill_payment on delete cascade,
  receipt text not null,
  amount_cents bigint not null check (amount_cents > 0),
  reversed_at timestamptz not null,
  -- What it settled is open again; null: not yet.
  settled_at timestamptz
);
create index bill_reversal_unsettled on mpesa.bill_reversal (reversed_at) where settled_at is null;
