-- The apps that were made for a merchant, by the head office: it may have several.
create table mpesa.organisation_app (
  head_office text not null,
  app_id text not null,
  primary key (head_office, app_id)
);
insert into mpesa.organisation_app
select distinct head_office, app_id from mpesa.organisation where app_id is not null;
alter table mpesa.organisation drop column app_id;

-- One that was disabled is answered as one that is not there.
alter table mpesa.initiator add column disabled boolean not null default false;
