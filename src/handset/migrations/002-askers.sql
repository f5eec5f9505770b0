-- Whose prompt it is: several products ask phones, and each is given the answers to its own.
alter table handset.prompt add column asker text not null default 'stk';
drop index handset.prompt_due;
create index prompt_due on handset.prompt (asker, due_at);
