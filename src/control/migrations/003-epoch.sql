-- Raised when an instance turns out to know a higher order than any that stands here: the store was restored from a backup, and what it
-- gave out since is known to the instances alone. Orders go on above theirs, and rollouts are named by the epoch, so that no name is
-- given twice.
create table control.epoch (
  one boolean primary key default true check (one),
  epoch integer not null default 1,
  raised_at timestamptz(3)
);
insert into control.epoch default values;
