-- One row a receipt: money that moved, whichever product moved it. Written in the transaction of the books that moves it.
create table mpesa.transaction (
  receipt text primary key,
  product text not null,
  -- Of an STK push its CheckoutRequestID and MerchantRequestID.
  conversation_id text not null,
  originator_conversation_id text not null,
  -- Of the books.
  transfer_id uuid not null,
  -- Who paid and who was paid: an MSISDN or a short code, with its name as it was, and its account in the books.
  debit_party text not null,
  debit_name text,
  debit_account bigint not null,
  credit_party text not null,
  credit_name text,
  credit_account bigint not null,
  amount_cents bigint not null check (amount_cents > 0),
  -- What the debit party paid besides.
  charge_cents bigint not null check (charge_cents >= 0),
  reference text,
  reason_type text not null,
  initiated_at timestamptz not null,
  finalised_at timestamptz not null,
  -- Receipt of its reversal.
  reversed_by text
) with (fillfactor = 90);

create index transaction_conversation on mpesa.transaction (conversation_id);
create index transaction_originator on mpesa.transaction (originator_conversation_id);
create index transaction_credit on mpesa.transaction (credit_party, finalised_at);
create index transaction_debit on mpesa.transaction (debit_party, finalised_at);
