-- The watches that say that they live: who was heard when, and whose silence is in the journal already.
create table control.watch (
  -- The operator whose token it shows: one person's beats do not stand for another's watch.
  person text not null,
  name text not null,
  version text not null,
  -- Silence for longer is its death.
  within_ms integer not null,
  heard_at timestamptz(3) not null,
  -- When its silence was written down; null: it is heard.
  silent_since timestamptz(3),
  primary key (person, name)
);
