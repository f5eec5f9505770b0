// Stands in for a line of /etc/hosts and the right to listen on port 443: the vendor's hosts lead to the port
// in IMARA_TEST_TLS_PORT. Nothing else is changed: the client has its host built in, speaks TLS to that name,
// and trusts what NODE_EXTRA_CA_CERTS says.
import { syncBuiltinESMExports } from 'node:module';
import tls from 'node:tls';

const usual = tls.connect;
tls.connect = ((...args: unknown[]) => {
  const [options] = args;
  if (typeof options === 'object' && options !== null && 'host' in options) {
    const { host } = options;
    if (typeof host === 'string' && host.endsWith('.safaricom.co.ke')) {
      const port = Number(process.env.IMARA_TEST_TLS_PORT);
      return usual({ servername: host, ...options, host: '127.0.0.1', port });
    }
  }
  return Reflect.apply(usual, tls, args);
}) as typeof tls.connect;
syncBuiltinESMExports();
