-- How the release in force of a service is judged after its proof, with the alarms that stand: the leader's memory, for the next one and
-- for those that do not lead.
create table control.judgement (
  service text primary key,
  state json not null,
  written_at timestamptz(3) not null
);
