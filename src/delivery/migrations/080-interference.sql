-- What a failure on demand is to do with a callback that is not written yet.
create table delivery.interference (
  callback_id uuid primary key,
  fault text not null,
  lost boolean not null default false,
  copies integer not null default 0,
  delay_ms bigint not null default 0,
  planned_at timestamptz not null default now()
);
create index interference_age on delivery.interference (planned_at);

-- The failure on demand that changed this callback.
alter table delivery.callback add column fault text;
