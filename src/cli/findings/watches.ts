import type { Finding } from './finding.ts';
import type { Finder } from './look.ts';

/** R10: whether control hears the watches, and since when not: nobody else notices that one is dead. */
export const watches: Finder = {
  name: 'watch.heard',
  title: 'whether the watch is heard',
  async look({ status, control }) {
    if (status.state === 'down' || status.control === null) return [];
    const plane = await control();
    const { watches } = await plane.call('GET /watches', {});
    if (watches.length === 0)
      return [{ name: 'watch.heard', severity: 'note', what: 'control has heard no watch yet' }];
    return watches.map(({ name, ageMs, withinMs, silentSince }): Finding => {
      const what = `control heard ${name} ${Math.round(ageMs / 1_000)} s ago`;
      if (silentSince === null)
        return { name: 'watch.heard', severity: ageMs > withinMs ? 'note' : 'good', what };
      const fix = 'See `npx imara watch status` and `npx imara logs watch`.';
      const why = `It sends a beat at least every ${withinMs / 1_000} s. While it is silent, nobody may see what goes wrong.`;
      return { name: 'watch.heard', severity: 'bad', what: `${what}, and not since`, why, fix };
    });
  },
};
