-- Which rollout's content this one offers again. What holds undone content, by the name of its rollout, lets go of it then.
alter table control.rollout add column redoes text references control.rollout (id);
create index rollout_redoes on control.rollout (redoes) where redoes is not null;
