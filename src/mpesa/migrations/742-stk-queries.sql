-- What queries of a push were answered, for its page: a row a different answer, however often it was asked. `id`: of the push.
create table mpesa.stk_query (
  id uuid not null,
  code text not null,
  says text not null,
  times integer not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (id, code)
);
