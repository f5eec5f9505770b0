-- Where a merchant tells whose an account is, before a customer pays a bill: under the number of the pay bill.
create table mpesa.account_names (
  short_code text primary key,
  -- What stands before the paths of the token and of the question.
  base_url text not null,
  consumer_key text not null,
  -- AES-256-GCM under a key that the database does not have: it is sent to the merchant, so a hash would not do.
  sealed_secret bytea not null
);
