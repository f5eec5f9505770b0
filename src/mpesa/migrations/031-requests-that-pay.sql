-- A request that moves money goes by a state more. What may refuse it is asked before; from `paying` on the books alone
-- decide, and no timeout comes in between: it would say that nothing was done while the money moves.
--   paying    the receipt is decided; result and callback commit with the verdict of the books
alter table mpesa.request
  drop constraint request_state_check,
  drop constraint request_check,
  add constraint request_state_check check (state in ('accepted', 'paying', 'resolved', 'expired')),
  add constraint request_ended check ((state in ('accepted', 'paying')) = (ended_at is null)),
  add column receipt text unique;

create index request_paying on mpesa.request (product, accepted_at) where state = 'paying';
