-- Since when an instance serves with what it serves with, as its reports told it.
alter table control.instance add column running_since timestamptz(3);
