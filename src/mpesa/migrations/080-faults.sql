-- Failures on demand: what people asked for (src/mpesa/faults/rule.ts), until it expires, is used up or is cleared.
create table mpesa.fault (
  number bigint generated always as identity primary key,
  name text not null unique,
  rule jsonb not null,
  seed bigint not null,
  set_by text not null,
  set_at timestamptz not null,
  expires_at timestamptz,
  -- Most requests that it hits; null: any number.
  times integer,
  hits integer not null default 0,
  -- Requests that it met, whether it hit them or not; counted where that decides.
  met integer not null default 0
);

-- What is to become of one request that was hit and is taken all the same; of any product, under the request's id.
create table mpesa.planned_fault (
  request_id uuid primary key,
  plan jsonb not null,
  planned_at timestamptz not null default now()
);
create index planned_fault_age on mpesa.planned_fault (planned_at);
