-- A token of 28 characters has room for a number of 24 bits, and none for a UUID. What was revoked by the old ids is no token now.
alter table auth.app drop column id;
alter table auth.app add column id integer generated always as identity primary key check (id < 16777216);
delete from auth.revocation;
