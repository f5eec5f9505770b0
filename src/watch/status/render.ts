import { daysOf } from './days.ts';
import { toAtom, toRss } from './feeds.ts';
import { indexPage, isBad } from './html/index-page.ts';
import { componentPage, dayPage, historyPage } from './html/other-pages.ts';
import type { StatusState } from './state.ts';
import { statuspageFiles } from './statuspage.ts';

/**
 * The status page as files, by their path in a folder that any static host serves. Pure: the same state at
 * the same moment gives the same files. Of a component whose id is no file name there is no page of its own.
 */
export function render(state: StatusState, now: number): ReadonlyMap<string, string> {
  const files = new Map<string, string>([
    ['index.html', indexPage(state, now)],
    ['history.html', historyPage(state)],
    ['history.atom', toAtom(state, now)],
    ['history.rss', toRss(state, now)],
  ]);
  for (const [path, value] of Object.entries(statuspageFiles(state, now)))
    files.set(path, `${JSON.stringify(value)}\n`);
  const dates = new Set<string>();
  for (const component of state.components.filter(({ id }) => FILE_NAME.test(id))) {
    files.set(`components/${component.id}.html`, componentPage(state, component, now));
    for (const day of daysOf(component, now)) if (isBad(day)) dates.add(day.date);
  }
  for (const date of dates) files.set(`days/${date}.html`, dayPage(state, date, now));
  return files;
}

const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
