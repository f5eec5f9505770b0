import type { Alarm } from '../alarm/alarm.ts';
import type { ProbeResult, Reading } from '../detect/reading.ts';
import type { Incident } from '../incident/incident.ts';
import { viewOf } from '../incident/view.ts';
import type { Entry, Written } from '../journal/entry.ts';
import { Recent } from '../journal/recent.ts';
import { within } from '../loop/within.ts';
import { draft } from '../report/draft.ts';
import { toHtml } from '../report/html.ts';
import { toMarkdown } from '../report/markdown.ts';
import { regulatorForm } from '../report/regulator.ts';
import { render } from '../status/render.ts';
import type { Page, StatusState } from '../status/state.ts';
import { Board } from './board.ts';
import { Folder } from './folder.ts';
import { PlannedWork } from './planned.ts';

export interface PublisherOptions {
  readonly page: Page;
  /** Where the files go; `undefined`: nothing is published, incidents are kept all the same. */
  readonly directory: string | undefined;
  readonly wall: () => number;
  readonly append: (entry: Entry) => void;
  readonly incidents: () => readonly Incident[];
  readonly alarms: () => readonly Alarm[];
  /** When a check last came to an end. */
  readonly checkedAt: () => number;
}

const SHOWN_MS = 90 * 86_400_000;
/** Between two writings of the files. Half of what an alarm may take to be public (R16). */
const WRITE_MS = 2_500;
const WRITE_WITHIN_MS = 10_000;

/**
 * Follows the journal: keeps the components, writes the status page, and the report of each
 * incident that is over (R16). It delays no check and no alarm: files are written on its own time, one set
 * after the other.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly board: Board;
  readonly planned = new PlannedWork();
  readonly #folder: Folder | undefined;
  readonly #entries = new Recent<Written>();
  readonly #reported = new Set<string>();
  /** Of which the books have answered since: they are written again, in these numbers. */
  readonly #counted = new Set<string>();
  #writing: Promise<void> | undefined;
  #writtenAt = 0;
  #error: string | null = null;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.board = new Board(options.wall, (component, at) => this.planned.covers(component, at));
    this.#folder = options.directory === undefined ? undefined : new Folder(options.directory);
  }

  /** An entry that an earlier process wrote: it says what was known, and asks for nothing. */
  seen(entry: Written): void {
    this.#entries.add(entry);
    this.board.seen(entry);
    this.planned.seen(entry);
    if (entry.kind === 'report.published') this.#reported.add(entry.subject);
  }

  /** A person's word, which is written down: it is shown at once. */
  said(entry: Entry): void {
    this.board.said(entry);
    this.planned.seen(entry);
    this.#writtenAt = 0;
    this.tick();
  }

  /** An entry that is on the disk. */
  written(entry: Written): void {
    this.#entries.add(entry);
    if (entry.kind === 'report.published') this.#reported.add(entry.subject);
    if (entry.kind === 'impact.exact') this.#counted.add(entry.subject);
    if (entry.ids?.incident !== undefined) this.#writtenAt = 0;
  }

  counted(readings: readonly Reading[]): void {
    this.board.counted(readings);
  }

  probed(result: ProbeResult): void {
    this.board.probed(result);
  }

  /** Once a second. */
  tick(): void {
    const { wall, append, alarms } = this.#options;
    const changed = this.board.tick(alarms());
    changed.forEach(append);
    if (changed.length > 0 || wall() - this.#writtenAt >= WRITE_MS) {
      if (this.#writing === undefined) void this.publish();
    }
  }

  /** Why the files were last not written; `null`: they were. */
  get error(): string | null {
    return this.#error;
  }

  /** The text of a file of the status page; `undefined`: there is none. */
  async file(path: string): Promise<string | undefined> {
    return this.#folder?.read(path);
  }

  /** Writes what has changed, after what is being written. */
  publish(): Promise<void> {
    const folder = this.#folder;
    if (folder === undefined) return Promise.resolve();
    const before = this.#writing ?? Promise.resolve();
    const writing = before
      .then(() => this.#write(folder))
      .finally(() => {
        if (this.#writing === writing) this.#writing = undefined;
      });
    this.#writing = writing;
    return writing;
  }

  /** A disk that hangs is given up, and asked again later. */
  async #write(folder: Folder): Promise<void> {
    const { wall } = this.#options;
    this.#writtenAt = wall();
    const done = this.#reports();
    try {
      const files = new Map([...render(this.state(), wall()), ...done.files]);
      await within(WRITE_WITHIN_MS, 'the status page', () => folder.write(files));
      this.#error = null;
      for (const { subject } of done.entries) this.#reported.add(subject);
      done.entries.forEach(this.#options.append);
    } catch (error) {
      this.#error = (error as Error).message;
      for (const id of done.ids) this.#counted.add(id);
    }
  }

  state(): StatusState {
    const { page, wall, checkedAt } = this.#options;
    const incidents = this.#options
      .incidents()
      .filter(({ resolvedAt }) => resolvedAt === null || wall() - resolvedAt < SHOWN_MS)
      .map((incident) => ({
        ...incident,
        detectedAfterMs: incident.openedAt - incident.onset,
        ...(this.#reported.has(incident.id) ? { reportUrl: `reports/${incident.id}.html` } : {}),
      }))
      .toSorted((a, b) => b.openedAt - a.openedAt);
    return {
      page,
      components: this.board.components(),
      incidents,
      planned: this.planned.all(wall()),
      checkedAt: checkedAt(),
    };
  }

  /** The reports of incidents that are over and have none yet, or one without the numbers of the books. */
  #reports(): { files: Map<string, string>; ids: string[]; entries: Entry[] } {
    const now = this.#options.wall();
    const files = new Map<string, string>();
    const ids: string[] = [];
    const entries: Entry[] = [];
    for (const { id, phase } of this.#options.incidents()) {
      if (phase !== 'resolved' || (this.#reported.has(id) && !this.#counted.has(id))) continue;
      const view = viewOf(id, this.#entries.all());
      if (view === undefined || view.incident.phase !== 'resolved') continue;
      const report = draft(view, now);
      files.set(`reports/${id}.html`, toHtml(report));
      files.set(`reports/${id}.md`, toMarkdown(report));
      files.set(`reports/${id}.json`, `${JSON.stringify(report, null, 2)}\n`);
      files.set(`reports/${id}.regulator.json`, `${JSON.stringify(regulatorForm(report), null, 2)}\n`);
      ids.push(id);
      this.#counted.delete(id);
      if (this.#reported.has(id)) continue;
      const said = { at: now, source: 'status' as const, kind: 'report.published', subject: id };
      entries.push({ ...said, text: `The report is drafted: reports/${id}.md`, ids: { incident: id } });
    }
    return { files, ids, entries };
  }
}
