-- Which attempt an offer is: an instance that refused the ones before, or left, does not take a late one of them for another.
alter table control.assignment add column attempt integer not null default 1 check (attempt >= 1);
