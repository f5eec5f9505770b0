import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createAgent } from '../../agent/agent.ts';
import type { Agent } from '../../agent/options.ts';
import type { Serving } from '../../agent/switch/live.ts';
import type { Outcome } from '../../agent/thread/counters.ts';
import type { Path } from '../../config/path.ts';
import { keptSecret, signingKey, trustedKeysIn } from '../../control/keyring.ts';
import { newToken } from '../../control/operators.ts';
import { systemClock } from '../../platform/clock.ts';
import { variable } from '../../platform/environment/read.ts';
import type { Log } from '../../platform/log.ts';
import { sibling } from '../../platform/sibling.ts';
import { type PlatformDocument, platform, type platformSchema } from '../document/platform.ts';
import type { ProcessEnvironment } from '../main/environment.ts';
import { type Ending, endings } from '../roles/worker/endings.ts';
import { type ActiveRelease, type BuiltInRelease, versionOf } from './release.ts';

const TASTER = sibling(import.meta.url, '../taster/taste');
/**
 * Addresses, deliveries and payments are tried one after the other; on one machine beside whatever else its
 * person does.
 */
const TASTE_MS = { server: 20_000, local: 45_000 };
/** A receipt says that so many payments went through, and is shown for so long. */
const RECEIPT = { payments: 3, validMs: 86_400_000 };

/**
 * Where a process has its configuration from: control, through its agent; or what is built in, where control
 * is not.
 */
export interface Configuration {
  /** In force: ask each time. */
  release(): ActiveRelease;
  /** How a request ended that began with the release of this label (`releaseLabel`). */
  record(outcome: Outcome, label: string): void;
  /** How something ended that is no failure of ours, under the release of this label. */
  ended(ending: Ending, label: string): void;
  /** Begins a probe; how it ended counts for the release of this moment. */
  probe(): (outcome: Outcome, fault?: string) => void;
  /** Whether a release is tried: one that is not proved, or one whose receipt is to be signed again. */
  trying(): boolean;
  /**
   * Whether what is tried only switches off what was served: whole payments would say no more than their
   * beginning does.
   */
  isBrief(): boolean;
  /** Whether a change is under way, here or elsewhere in the service. */
  changing(): boolean;
  /** Late NACK (R4): a value of the release in force was used and does not work. */
  valueFailed(path: Path, cause: string): void;
  /** The process serves. */
  up(): void;
  close(): Promise<void>;
}

/** The release as the metrics name it. */
export function releaseLabel({ version }: ActiveRelease): string {
  return version ?? 'built-in';
}

export const builtInConfiguration = (builtIn: ActiveRelease): Configuration => ({
  release: () => builtIn,
  record() {},
  ended() {},
  probe: () => () => {},
  trying: () => false,
  isBrief: () => false,
  changing: () => false,
  valueFailed() {},
  up() {},
  close: async () => {},
});

/**
 * R8: asks nobody. What was proved here is on the disk of this process; control is found when it is there.
 */
export async function configurationFromControl(
  env: ProcessEnvironment,
  builtIn: BuiltInRelease,
  log: Log,
): Promise<Configuration> {
  const { name, environment, cell, home, profile, fleetSize } = env;
  const installation = join(home, 'control');
  mkdirSync(installation, { recursive: true, mode: 0o700 });
  const keys = trustedKeysIn(installation);
  const token = await keptSecret(join(installation, 'agent-token'), variable('IMARA_AGENT_TOKEN'), newToken);
  const isTesting = environment === 'testing';
  const tasteMs = TASTE_MS[profile];
  const owner = { role: 'instance', owner: name, environment } as const;
  const agent = await createAgent({
    schema: platform,
    environment,
    instance: name,
    cell,
    fleetSize,
    directory: join(home, 'agents', name),
    control: {
      url: env.control,
      token,
      get trustedKeys() {
        return keys();
      },
    },
    // On one machine with one person, nobody else is there to approve.
    ...(profile === 'local' ? { demands: { people: 0 } } : {}),
    ...(isTesting ? { receipts: { signer: await signingKey(installation, owner), ...RECEIPT } } : {}),
    taste: { module: TASTER, deadlineMs: tasteMs },
    endings,
    limits: { tasteMs: tasteMs + 2_000 },
    // Nothing to build: all parts read the document each time they need a value.
    apply: (document) => document,
    defaults: builtIn.document,
    clock: systemClock,
    log,
  });
  return fromAgent(agent, builtIn);
}

type Served = Serving<PlatformDocument, PlatformDocument>;

function fromAgent(
  agent: Agent<typeof platformSchema, PlatformDocument>,
  builtIn: BuiltInRelease,
): Configuration {
  let now = shown(agent.current());
  let before = now;

  function shown(serving: Served) {
    const { hash, document } = serving;
    const release: ActiveRelease = hash === null ? builtIn : { version: versionOf(hash), document };
    return { serving, release, label: releaseLabel(release) };
  }

  function latest() {
    const serving = agent.current();
    if (serving !== now.serving) {
      before = now;
      now = shown(serving);
    }
    return now;
  }

  /** What began two releases ago counts for nobody. */
  function servedAs(label: string): Served | undefined {
    const { serving } = latest();
    if (label === now.label) return serving;
    return label === before.label ? before.serving : undefined;
  }

  return {
    release: () => latest().release,
    record(outcome, label) {
      const serving = servedAs(label);
      if (serving !== undefined) agent.recordOutcome(outcome, serving);
    },
    ended({ from, ...ending }, label) {
      const serving = servedAs(label);
      if (serving !== undefined) agent.recordEnding(ending, from, serving);
    },
    probe() {
      const { serving } = latest();
      return (outcome, fault) => agent.recordProbe(outcome, serving, fault);
    },
    trying() {
      const { phase, receiptDue } = agent.status();
      return phase === 'lent' || receiptDue;
    },
    isBrief: () => agent.status().brief,
    changing: () => agent.status().changing,
    valueFailed: (path, cause) => agent.valueFailed(path, cause, latest().serving),
    up: () => agent.ready(),
    close: () => agent.close(),
  };
}
