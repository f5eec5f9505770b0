// Some hundreds of the propagation bench's agents in one process.
import { signerEd25519 } from '../../src/rollout/signed/signature.ts';
import { runLightAgent } from './agent.ts';
import { type AgentsStart, type Switched, TESTING_INSTANCE, termsOf } from './parties.ts';

process.once('disconnect', () => process.exit(0));
process.once('message', ({ url, token, keys, instances, testing }: AgentsStart) => {
  if (testing !== null) {
    runLightAgent({
      terms: termsOf(TESTING_INSTANCE, 'testing', keys),
      url,
      token,
      signer: signerEd25519(`key-of-${TESTING_INSTANCE}`, testing),
      onSwitched: () => {},
    });
  }
  for (const instance of instances) {
    runLightAgent({ terms: termsOf(instance, 'production', keys), url, token, onSwitched });
  }
});

/** Told together, because a message each would take the time that is measured. */
const untold = new Map<string | null, number[]>();
let telling: NodeJS.Timeout | undefined;

function onSwitched(hash: string | null): void {
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
