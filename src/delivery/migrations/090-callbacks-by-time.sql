-- Callbacks and attempts by the time of their ids (UUIDv7), so that old ones are dropped and not deleted. What is there stays where it is: the
-- table becomes the first partition, up to the end of today. Ids that are no times, and those of other clocks, go to the default.
alter index delivery.callback_pkey rename to callback_first_pkey;
alter index delivery.callback_pending rename to callback_first_pending;
alter table delivery.callback rename to callback_first;
create table delivery.callback (
  like delivery.callback_first including defaults including constraints,
  primary key (id)
) partition by range (id);
create index callback_pending on delivery.callback (host, due_at) where state = 'pending';
create table delivery.callback_default partition of delivery.callback default with (fillfactor = 70);
create index callback_default_since on delivery.callback_default (created_at);

alter index delivery.attempt_pkey rename to attempt_first_pkey;
alter index delivery.attempt_callback rename to attempt_first_callback;
alter table delivery.attempt rename to attempt_first;
create table delivery.attempt (like delivery.attempt_first including defaults, primary key (id)) partition by range (id);
create index attempt_callback on delivery.attempt (callback_id);
create table delivery.attempt_default partition of delivery.attempt default;
create index attempt_default_since on delivery.attempt_default (at);

do $$
declare
  first_after uuid := (lpad(to_hex((extract(epoch from date_trunc('day', now(), 'UTC') + interval '1 day') * 1000)::bigint), 12, '0')
    || repeat('0', 20))::uuid;
  part text;
begin
  foreach part in array array['callback', 'attempt'] loop
    execute format('with stray as (delete from delivery.%1$I where id >= %2$L returning *)
      insert into delivery.%3$I select * from stray', part || '_first', first_after, part || '_default');
    execute format('alter table delivery.%I attach partition delivery.%I for values from (minvalue) to (%L)',
      part, part || '_first', first_after);
  end loop;
end $$;
