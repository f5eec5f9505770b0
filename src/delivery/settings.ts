import { Type } from 'typebox';
import { builtIn, flag } from '../platform/settings.ts';

/** What a callback may be sent to: asked of an address when it is named, and again when it is called. */
export const targetRules = {
  allowPlainHttp: builtIn(false, flag('`http:` beside `https:`.')),
  allowPrivateTargets: builtIn(
    false,
    flag('Private and loopback addresses at any port: for the local profile only.'),
  ),
  allowedPorts: builtIn(
    [80, 443, 8080, 8443],
    Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 }), {
      description: 'Ports a public receiver may listen on.',
      maxItems: 64,
    }),
  ),
};
