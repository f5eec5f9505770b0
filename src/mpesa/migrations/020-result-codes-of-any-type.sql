-- Some codes are numbers and some are text ("SFC_IC0003"), and callbacks show them as what they are: a code is kept as JSON has it.
drop index mpesa.stk_push_paid;
alter table mpesa.stk_push alter column result_code type jsonb using to_jsonb(result_code);
create index stk_push_paid on mpesa.stk_push (msisdn, resolved_at) where result_code = '0'::jsonb;
