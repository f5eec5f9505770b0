-- A push changes four times, and each change that touches a column of an index, or of an index's condition, writes all of them
-- anew. `state` is in none of them any more: a push becomes answered within its page, and `result_code`, which is there when the
-- state is `resolved` and only then, changes once.
drop index mpesa.stk_push_one_open;
create unique index stk_push_one_open on mpesa.stk_push (msisdn) where result_code is null;
drop index mpesa.stk_push_due;
create index stk_push_due on mpesa.stk_push (expires_at) where result_code is null;
drop index mpesa.stk_push_to_prompt;
create index stk_push_to_prompt on mpesa.stk_push (accepted_at) where prompted_at is null and result_code is null;
-- Who collects an answer pays: what is left of a worker that died is found among the open ones.
drop index mpesa.stk_push_to_pay;
-- What was paid is in `mpesa.transaction`: by its receipt, which is its key there, and by who paid.
drop index mpesa.stk_push_paid;
alter table mpesa.stk_push drop constraint stk_push_receipt_key;
-- Half of a page for what its rows become: they come together, so they change together.
alter table mpesa.stk_push set (fillfactor = 50);
