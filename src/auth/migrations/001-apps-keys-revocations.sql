create schema if not exists auth;

-- An app of an integrator. The secret is never stored: a salted scrypt hash of it is.
create table auth.app (
  id uuid primary key,
  name text not null,
  consumer_key text not null unique,
  secret_hash text not null,
  state text not null default 'active' check (state in ('active', 'disabled')),
  created_at timestamptz not null default now()
);

-- Shared by all authentication servers. A key is published from its creation, signs from `signs_from` until its
-- successor does, and is published until the last token it can have signed has expired.
create table auth.signing_key (
  -- RFC 7638 thumbprint of the public key.
  id text primary key,
  public_jwk jsonb not null,
  -- PKCS #8, sealed with the servers' key secret (AES-256-GCM): a copy of the database cannot sign.
  sealed_private_key bytea not null,
  signs_from timestamptz not null,
  created_at timestamptz not null
);

-- One token, or all tokens of an app issued before a time. `version` grows with each change, whichever server made
-- it, so that a reader can tell an older list from a newer one without comparing clocks.
create table auth.revocation (
  kind text not null check (kind in ('token', 'app')),
  subject text not null,
  issued_before timestamptz check ((kind = 'app') = (issued_before is not null)),
  -- No token it concerns lives longer: the row may go.
  expires_at timestamptz not null,
  version bigint generated always as identity unique,
  primary key (kind, subject)
);
