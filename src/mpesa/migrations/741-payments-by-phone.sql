-- The newest of one phone are the end of its key: `payments list --phone` and `payment show PHONE` read those and no others.
create index stk_push_phone on mpesa.stk_push (msisdn, id);
create index payment_phone on mpesa.payment (msisdn, id);
-- As src/process/directories/payments/summary.ts has it, to the letter. A request without a phone costs nothing.
create index request_phone on mpesa.request (
  (substring(coalesce(details ->> 'PartyB', details ->> 'partyB', details ->> 'msisdn') from '^254[17][0-9]{8}$')), id)
where substring(coalesce(details ->> 'PartyB', details ->> 'partyB', details ->> 'msisdn') from '^254[17][0-9]{8}$') is not null;
