-- An organisation's phone asks for its operator too: the id that must be typed before the PIN.
alter table handset.prompt add column operator_id text;
