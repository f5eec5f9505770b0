create schema if not exists handset;

-- What somebody set or what a phone remembers; a phone without a row is as seeded (seeds.ts) or as the default says.
create table handset.phone (
  msisdn text primary key,
  name text,
  behaviour text,
  -- As it is, not hashed: it opens nothing but this simulator, and whoever owns the phone wants to read it.
  pin text,
  -- In a row, by a person; at 3 the PIN is locked.
  wrong_pins integer not null default 0
);

-- An open prompt, and what the phone will do about it unless a person is quicker. Deleted once its answer is dealt with.
create table handset.prompt (
  id uuid primary key,
  msisdn text not null,
  text text not null,
  shown_at timestamptz not null,
  expires_at timestamptz not null,
  outcome text not null,
  due_at timestamptz not null,
  -- A person was quicker.
  answered boolean not null default false
);
create index prompt_due on handset.prompt (due_at);
create index prompt_phone on handset.prompt (msisdn);

-- The inbox.
create table handset.sms (
  id uuid primary key,
  msisdn text not null,
  text text not null,
  received_at timestamptz not null
);
create index sms_inbox on handset.sms (msisdn, received_at);
