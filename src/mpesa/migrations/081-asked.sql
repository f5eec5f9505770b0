-- Who asked, and how: address and headers of the request, secrets masked, JSON of 2,000 characters at most. Null or empty: not asked over HTTP.
alter table mpesa.stk_push add column asked text;
alter table mpesa.request add column asked text;
