-- Texts by the time of their ids (UUIDv7), so that old ones are dropped and not deleted. What is there stays where it is: the table becomes the
-- first partition, up to the end of today. Ids that are no times, and those of other clocks, go to the default.
alter index handset.sms_pkey rename to sms_first_pkey;
alter index handset.sms_inbox rename to sms_first_inbox;
alter table handset.sms rename to sms_first;
create table handset.sms (like handset.sms_first including defaults, primary key (id)) partition by range (id);
create index sms_inbox on handset.sms (msisdn, received_at);
create table handset.sms_default partition of handset.sms default;
create index sms_default_since on handset.sms_default (received_at);

do $$
declare
  first_after uuid := (lpad(to_hex((extract(epoch from date_trunc('day', now(), 'UTC') + interval '1 day') * 1000)::bigint), 12, '0')
    || repeat('0', 20))::uuid;
begin
  with stray as (delete from handset.sms_first where id >= first_after returning *)
  insert into handset.sms_default select * from stray;
  execute format('alter table handset.sms attach partition handset.sms_first for values from (minvalue) to (%L)', first_after);
end $$;
