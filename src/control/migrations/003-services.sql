-- Services of others whose configuration control delivers; Imara's own is built in. `definition`: the file that was added.
create table control.managed_service (
  service text primary key,
  definition json not null,
  changed_by text not null,
  changed_at timestamptz(3) not null
);

-- What agents of such a service show. A service may have several, so that one can be replaced.
create table control.agent_token (
  token_hash text primary key,
  service text not null references control.managed_service (service),
  made_by text not null,
  made_at timestamptz(3) not null
);

-- The public half of a testing instance's key: it is believed for this service alone.
create table control.instance_key (
  id text not null,
  service text not null references control.managed_service (service),
  public_key text not null,
  environment text not null,
  instance text not null,
  primary key (service, id)
);
