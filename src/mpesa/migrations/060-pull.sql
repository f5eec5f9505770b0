-- Short codes that asked once to be given their transactions.
create table mpesa.pull_registration (
  short_code text primary key,
  nominated_number text not null,
  callback_url text not null,
  app_id text not null,
  registered_at timestamptz not null
);
