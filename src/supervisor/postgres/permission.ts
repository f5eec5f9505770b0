/** What a role lacks in PostgreSQL, and the statement that gives it; for the administrator of the server. */
const INSUFFICIENT_PRIVILEGE = '42501';

/** As text for people, when `error` says that `role` may not do something; the error as it is otherwise. */
export function withGrant(error: unknown, url: string, making?: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== INSUFFICIENT_PRIVILEGE) return error;
  const { username, pathname } = new URL(url);
  const role = quoted(decodeURIComponent(username));
  const database = quoted(decodeURIComponent(pathname.slice(1)));
  return new Error(
    `the role ${role} of DATABASE_URL may not do this: ${error.message}. ${fix(error.message)}`,
  );

  function fix(message: string): string {
    if (making !== undefined) {
      return (
        `Let an administrator run: ALTER ROLE ${role} CREATEDB; or: CREATE DATABASE ${quoted(making)} OWNER ${role}; ` +
        'or name a database that is there with IMARA_TESTING_DATABASE_URL'
      );
    }
    const [, schema] = /permission denied for schema (\S+)/.exec(message) ?? [];
    if (schema !== undefined)
      return `Let an administrator run, in ${database}: GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${role};`;
    if (message.includes('permission denied for database'))
      return `Let an administrator run: GRANT CONNECT, CREATE ON DATABASE ${database} TO ${role};`;
    return `Let the owner of ${database} be ${role}: ALTER DATABASE ${database} OWNER TO ${role};`;
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
