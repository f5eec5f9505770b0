import { parseArgs } from 'node:util';
import { connectToParent } from './parent.ts';
import { loadSettings, WrongSettings } from './settings/load.ts';
import { startWatch } from './watch.ts';

// The watch, as a process: `main.ts --settings FILE`, several of them where a machine has its own beside
// those of people. It reads no variable of the environment and nothing of what it watches.
const { values } = parseArgs({
  options: { settings: { type: 'string', multiple: true, default: [] }, name: { type: 'string' } },
  strict: false,
});
const parent = connectToParent();
try {
  const settings = await loadSettings(values.settings as string[]);
  const watch = await startWatch(settings);
  process.stdout.write(
    `${JSON.stringify({ time: new Date().toISOString(), name: 'watch', msg: 'ready', url: watch.url })}\n`,
  );
  parent.ready(watch.port);
  parent.onStop(() => watch.close());
  // Nobody else is left to page for a supervisor that was killed.
  parent.onLeft(() => (watch.misses() ? settings.outliveMs : 0));
} catch (error) {
  const text = error instanceof Error && !(error instanceof WrongSettings) ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
