-- What an app may ask for. An app without a row may ask for every product. A row holds for tokens issued after it.
create table mpesa.app_product (
  app_id text not null,
  product text not null,
  added_at timestamptz not null,
  primary key (app_id, product)
);
