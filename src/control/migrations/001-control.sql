create schema if not exists control;

create function control.never_changes() returns trigger language plpgsql as $$
begin
  raise exception 'rows of control.% are never changed or removed', tg_table_name;
end $$;

-- One immutable version of a service's configuration. `signed` is the whole of it under control's signature, so that a
-- row written by anybody else is not offered to anybody.
create table control.release (
  service text not null,
  sequence integer not null check (sequence >= 1),
  hash text not null,
  parent text,
  author text not null,
  reason text not null,
  created_at timestamptz(3) not null,
  signed json not null,
  primary key (service, sequence)
);
create index release_hash on control.release (service, hash);
create trigger release_immutable before update or delete on control.release
  for each row execute function control.never_changes();

-- A release on its way. `state` is the whole memory of the machine; `version` guards every write of it.
create table control.rollout (
  id text primary key,
  service text not null,
  sequence integer not null,
  phase text not null,
  state json not null,
  version integer not null default 0,
  -- Where undo was told to lead, when that is not the release before.
  back_to text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  foreign key (service, sequence) references control.release (service, sequence)
);
create unique index rollout_one_forward on control.rollout (service)
  where phase in ('draft', 'testing', 'awaiting_approval', 'waiting', 'wave', 'bake', 'rest');
create index rollout_latest on control.rollout (service, created_at desc);

-- What a service is to serve with: the rollout that proved it; null: what the service has built in.
create table control.service (
  service text primary key,
  current_rollout text references control.rollout (id)
);

create table control.approval (
  rollout text not null references control.rollout (id),
  person text not null,
  break_glass boolean not null,
  at timestamptz(3) not null,
  signed json not null,
  primary key (rollout, person, break_glass)
);
create trigger approval_immutable before update or delete on control.approval
  for each row execute function control.never_changes();

-- What a testing instance signed; only those whose signature was good are written.
create table control.receipt (
  -- The signature itself names it.
  id text primary key,
  service text not null,
  hash text not null,
  environment text not null,
  instance text not null,
  verdict text not null check (verdict in ('passed', 'failed')),
  issued_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  signed json not null,
  unique (id, service, hash, environment, verdict)
);
create index receipt_of on control.receipt (service, hash, expires_at);
create trigger receipt_immutable before update or delete on control.receipt
  for each row execute function control.never_changes();

create sequence control.assignment_order;

-- The last word control had for each instance: said again whenever the instance connects. R2: an offer outside testing
-- names the receipt that a testing instance signed for this very content, or it cannot be written.
create table control.assignment (
  service text not null,
  instance text not null,
  environment text not null,
  ordinal bigint not null default nextval('control.assignment_order'),
  rollout text not null references control.rollout (id),
  action text not null check (action in ('offer', 'proof', 'undo')),
  hash text not null,
  undo_to text,
  lease_ms integer,
  break_glass boolean not null default false,
  receipt text,
  receipt_environment text generated always as (case when receipt is not null then 'testing' end) stored,
  receipt_verdict text generated always as (case when receipt is not null then 'passed' end) stored,
  primary key (service, instance),
  constraint assignment_offer_is_complete check (action <> 'offer' or lease_ms is not null),
  constraint assignment_needs_receipt check (action <> 'offer' or environment = 'testing' or receipt is not null),
  constraint assignment_receipt_is_for_this
    foreign key (receipt, service, hash, receipt_environment, receipt_verdict)
    references control.receipt (id, service, hash, environment, verdict)
);

-- What is known of each instance, written in batches.
create table control.instance (
  service text not null,
  instance text not null,
  environment text not null,
  cell text not null,
  phase text not null,
  running text,
  good text,
  rollout text,
  vitals json not null,
  heard_at timestamptz(3) not null,
  primary key (service, instance)
);

-- How far each instance's log of messages is stored: written with what the messages led to.
create table control.agent_log (
  service text not null,
  instance text not null,
  log text not null,
  acknowledged bigint not null,
  primary key (service, instance)
);

-- The one that steps the machines. `fence` grows with each change of hands; every write of a leader names its own.
create table control.leader (
  one boolean primary key default true check (one),
  holder text not null,
  url text not null,
  fence bigint not null,
  expires_at timestamptz not null
);
insert into control.leader (holder, url, fence, expires_at) values ('nobody', '', 0, '-infinity');

-- Tokens are long and random, so a plain hash of them tells nothing.
create table control.operator (
  name text primary key,
  token_hash text not null unique,
  role text not null check (role in ('viewer', 'editor', 'approver')),
  created_at timestamptz(3) not null
);

-- No wave opens from `from_at` until `to_at`. What goes back is not asked about it.
create table control.freeze (
  id text primary key,
  from_at timestamptz(3) not null,
  to_at timestamptz(3) not null check (to_at > from_at),
  reason text not null,
  person text not null,
  ended_at timestamptz(3)
);

-- What operators ask of the leader, by the id the client gave it: asked twice it is done once.
create table control.command (
  id text primary key,
  kind text not null,
  service text not null,
  rollout text,
  person text not null,
  body json not null,
  created_at timestamptz(3) not null,
  done_at timestamptz(3),
  result json
);
create index command_open on control.command (created_at) where done_at is null;

-- R15: one order of everything that happened; each row carries the hash of the one before it.
create table control.journal (
  sequence bigint primary key,
  at timestamptz(3) not null,
  actor text not null,
  kind text not null,
  subject text not null,
  -- Canonical JSON, byte for byte as it was hashed.
  data json not null,
  previous text not null,
  hash text not null
);
create index journal_subject on control.journal (subject, sequence);
create trigger journal_immutable before update or delete on control.journal
  for each row execute function control.never_changes();

-- The end of the chain: whoever appends takes this row first, which makes the order one.
create table control.journal_head (
  one boolean primary key default true check (one),
  sequence bigint not null,
  hash text not null
);
insert into control.journal_head (sequence, hash) values (0, 'sha256:' || repeat('0', 64));
