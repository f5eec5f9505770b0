-- Receipt numbers are handed out in blocks: a process takes a block in one update and numbers from memory.
create table mpesa.receipt_counter (
  only_one boolean primary key default true check (only_one),
  next bigint not null
);
-- Not from 0: seven zeros in a receipt stand for "no money moved".
insert into mpesa.receipt_counter (next) values (12345678901);

-- What the settlement looks for: pushes to put on a phone, and pushes to pay.
create index stk_push_to_prompt on mpesa.stk_push (accepted_at) where state = 'accepted';
create index stk_push_to_pay on mpesa.stk_push (answered_at) where state = 'answered';
-- "The same amount by the same subscriber": result 17.
create index stk_push_paid on mpesa.stk_push (msisdn, resolved_at) where result_code = 0;
