-- Waits of its own before each further attempt, of a callback whose product tries more often than others; null: those of the settings.
alter table delivery.callback add column retry_after_seconds integer[];
