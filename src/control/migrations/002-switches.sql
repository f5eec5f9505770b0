-- A draft reaches nobody. What switches a product off is written while another change is on its way, and ends it when it is submitted.
drop index control.rollout_one_forward;
create unique index rollout_one_forward on control.rollout (service)
  where phase in ('testing', 'awaiting_approval', 'waiting', 'wave', 'bake', 'rest');
