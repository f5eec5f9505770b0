-- What a merchant begins with, each in Working and in Utility: written with the merchant, and moved by the books once it is there.
create table mpesa.merchant_opening (
  short_code text primary key,
  -- Shillings, as they were asked for.
  amount text not null,
  -- The account that pays, as people name accounts.
  source text not null,
  -- Null: not moved yet.
  moved_at timestamptz
);

-- A passkey that was replaced is taken until then beside the one that replaced it.
alter table mpesa.organisation add column former_passkey_sha256 bytea, add column former_passkey_until timestamptz,
  add constraint organisation_former_passkey check ((former_passkey_sha256 is null) = (former_passkey_until is null));
