-- An operator who was removed is not made again by the next start of control, which knows a first operator by its installation's token;
-- and one whose token was replaced keeps the new one until the installation names another.
alter table control.operator add column removed_at timestamptz(3), add column seeded_hash text;
