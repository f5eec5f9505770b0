-- A request may ask a phone before anything is decided.
--   prompted  the phone asks; its answer decides, or the end of its time (`expires_at`)
alter table mpesa.request
  drop constraint request_state_check,
  drop constraint request_ended,
  add constraint request_state_check check (state in ('accepted', 'prompted', 'paying', 'resolved', 'expired')),
  add constraint request_ended check ((state in ('accepted', 'prompted', 'paying')) = (ended_at is null));

alter table mpesa.request
  add column prompted_at timestamptz,
  add column answered_at timestamptz;

create index request_prompted on mpesa.request (product, expires_at) where state = 'prompted';

-- Whose phone is asked when an organisation is to say yes, and what its operator says to be known.
alter table mpesa.organisation
  add column nominated_number text,
  add column operator_id text;
