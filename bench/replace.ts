import { startReceiver } from '../test/mpesa/receiver.ts';
import { type Stack, startStack } from '../test/stack/stack.ts';
import { startSteadyLoad } from '../test/stack/steady-load.ts';
import { until } from '../test/until.ts';
import { type Bench, type Figure, median } from './report.ts';

const NAMES = ['api-1', 'api-2'];
const ROUNDS = 10;
const REACH_SECONDS = 2;
const BETWEEN_MS = 3_000;

/** From the SIGSTOP of an API process of the whole stack to the moment that another serves in its place. */
export const replace: Bench = async ({ log }) => {
  const stack = await startStack();
  const receiver = await startReceiver();
  try {
    const rounds = async () => {
      const seconds: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const name = NAMES[round % NAMES.length] ?? '';
        seconds.push(await secondsToReplace(stack, name));
        log(`${name}: ${seconds.at(-1)?.toFixed(2)} s`);
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
      }
      return seconds;
    };
    const idle = await rounds();
    const load = await startSteadyLoad(await stack.status(), receiver.url);
    await until('payments are taken', () => load.answers.ok > 50);
    const loaded = await rounds();
    await load.stop();
    const { ok, failed } = load.answers;
    return {
      bench: 'replace: an API process that stands still is replaced',
      figures: [
        ...figuresOf('without load', idle),
        ...figuresOf('under load', loaded),
        {
          what: 'requests on connections made meanwhile that failed',
          value: failed.filter(({ kept }) => !kept).length,
          unit: '',
          reach: { at: 'most', value: ROUNDS },
        },
      ],
      notes: [
        `${ROUNDS} rounds each; under load ${ok} requests answered meanwhile, ${failed.length} failed: what a stopped process had begun`,
        'a process holds at most one request of a connection that was not kept when it is stopped',
      ],
    };
  } finally {
    await receiver.close();
    await stack.close();
  }
};

function figuresOf(when: string, seconds: readonly number[]): Figure[] {
  return [
    { what: `SIGSTOP to serving again, ${when}, median`, value: median(seconds), unit: 's' },
    {
      what: '… slowest',
      value: Math.max(...seconds),
      unit: 's',
      reach: { at: 'most', value: REACH_SECONDS },
    },
  ];
}

async function secondsToReplace(stack: Stack, name: string): Promise<number> {
  const find = async () => (await stack.status()).instances.find((one) => one.name === name);
  const pid = (await find())?.pid;
  if (pid === undefined) throw new Error(`${name} does not run`);
  const stoppedAt = performance.now();
  process.kill(pid, 'SIGSTOP');
  await until(
    `${name} is replaced`,
    async () => {
      const now = await find();
      return now?.state === 'ready' && now.pid !== pid;
    },
    { everyMs: 20 },
  );
  return (performance.now() - stoppedAt) / 1_000;
}
