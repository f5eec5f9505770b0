-- The app that was made with a merchant; null: it has none of its own.
alter table mpesa.organisation add column app_id text;
