// Some hundreds of the propagation bench's agents in one process.
import { signerEd25519 } from '../../src/rollout/signed/signature.ts';
import type { Signer } from '../../src/rollout/signed/signed.ts';
import { lightDisk, startLightAgent } from '../../test/control/light-agent.ts';
import { type AgentsStart, builtIn, kind, SERVICE, type Switched, TESTING_INSTANCE } from './parties.ts';
import { cheapTransport } from './transport.ts';
import { verifyOnce } from './verify-once.ts';

const TICK_MS = 1_000;
/** Machines do not start in one moment: neither do their beats fall on one. */
const START_MS = 2_000;

process.once('disconnect', () => process.exit(0));
process.once('message', ({ url, token, keys, fleetSize, instances, testing }: AgentsStart) => {
  const start = (
    environment: 'testing' | 'production',
    instance: string,
    more: { signer?: Signer; switched?: (hash: string | null) => void },
  ) => {
    const { signer, switched } = more;
    return startLightAgent(
      {
        kind,
        environment,
        instance,
        cell: 'a',
        fleetSize,
        keys: () => keys,
        demands: {},
        defaults: builtIn,
        receipts: signer && { signer, payments: 1, validMs: 600_000 },
        transport: cheapTransport(url, token, { service: SERVICE, environment, instance }),
        tickMs: TICK_MS,
        signature: verifyOnce,
        parse: (data) => JSON.parse(data),
        serve({ stretch }, counters) {
          counters.count(stretch, 'good');
          counters.countProbe(stretch, 'good');
        },
        ...(switched && { switched }),
      },
      lightDisk(`log-of-${instance}`),
    );
  };
  if (testing !== null)
    start('testing', TESTING_INSTANCE, { signer: signerEd25519(`key-of-${TESTING_INSTANCE}`, testing) });
  for (const [index, instance] of instances.entries())
    setTimeout(() => start('production', instance, { switched }), (index / instances.length) * START_MS);
});

/** Sent together, because a message each would take the time that is measured. */
const untold = new Map<string | null, number[]>();
let telling: NodeJS.Timeout | undefined;

function switched(hash: string | null): void {
  const at = untold.get(hash) ?? [];
  at.push(Date.now());
  untold.set(hash, at);
  if (telling !== undefined) return;
  telling = setTimeout(() => {
    telling = undefined;
    for (const [each, times] of untold) process.send?.({ hash: each, at: times } satisfies Switched);
    untold.clear();
  }, 50);
}
