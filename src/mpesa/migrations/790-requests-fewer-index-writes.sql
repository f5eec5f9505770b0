-- As with pushes (760): each change that touches a column of an index, or of an index's condition, writes all of them anew, so
-- `state` is in none of them any more. A request or payment goes its way within its page, and leaves the indexes of what is open
-- when it ends.
drop index mpesa.request_open;
drop index mpesa.request_expiring;
drop index mpesa.request_paying;
drop index mpesa.request_prompted;
create index request_open on mpesa.request (product, accepted_at) where ended_at is null;
create index request_expiring on mpesa.request (expires_at) where ended_at is null;
-- What was paid is in `mpesa.transaction`, by its receipt; what was refused has none.
alter table mpesa.request drop constraint request_receipt_key;
-- Half of a page for what its rows become.
alter table mpesa.request set (fillfactor = 50);

drop index mpesa.payment_accepted;
drop index mpesa.payment_validating;
drop index mpesa.payment_paying;
create index payment_open on mpesa.payment (accepted_at) where result_code is null;
create index payment_validating on mpesa.payment (validation_host, accepted_at)
  where validation_host is not null and result_code is null;
-- A merchant may know the receipt of what was refused: its validation named it.
alter table mpesa.payment drop constraint payment_receipt_key;
create index payment_refused on mpesa.payment (receipt) where result_code is not null and result_code <> '0';
alter table mpesa.payment set (fillfactor = 50);
