import { numberIn, textIn } from '../incident/kinds.ts';
import type { Entry } from '../journal/entry.ts';
import type { Planned } from '../status/state.ts';

const MOST_PLANNED = 100;
/** What was over for so long is shown no more. */
const SHOWN_MS = 90 * 86_400_000;
const LONGEST_MS = 7 * 86_400_000;
const LONGEST_TITLE = 200;
const LONGEST_TEXT = 5_000;

/** Planned work, as the journal has it: `work.planned` and `work.cancelled`. */
export class PlannedWork {
  readonly #known = new Map<string, Planned>();

  /** Every entry, of this process and of earlier ones. */
  seen(entry: Entry): void {
    if (entry.kind === 'work.cancelled') this.#known.delete(entry.subject);
    if (entry.kind !== 'work.planned') return;
    const [from, to] = [numberIn(entry, 'from'), numberIn(entry, 'to')];
    const names = entry.data?.components;
    if (from === undefined || to === undefined) return;
    this.#known.set(entry.subject, {
      id: entry.subject,
      title: entry.text ?? '',
      text: textIn(entry, 'text') ?? '',
      components: Array.isArray(names) ? names.map(String) : [],
      from,
      to,
    });
  }

  all(now: number): readonly Planned[] {
    for (const [id, { to }] of this.#known) if (now - to >= SHOWN_MS) this.#known.delete(id);
    return [...this.#known.values()].toSorted((a, b) => a.from - b.from);
  }

  /** Whether a component is worked on now. A plan that names none is about all. */
  covers(component: string, now: number): boolean {
    return this.all(now).some(
      ({ from, to, components }) =>
        from <= now && now < to && (components.length === 0 || components.includes(component)),
    );
  }

  /** The entry that plans it, or what is wrong. */
  plan(given: Record<string, unknown>, by: string, id: string, now: number): Entry | string {
    const { title, text = '', components = [], from, to } = given;
    if (typeof title !== 'string' || title.trim() === '' || title.length > LONGEST_TITLE)
      return `"title" must say what is planned, in at most ${LONGEST_TITLE} letters`;
    if (typeof text !== 'string' || text.length > LONGEST_TEXT)
      return `"text" must be at most ${LONGEST_TEXT} letters`;
    if (!Array.isArray(components) || components.some((one) => typeof one !== 'string'))
      return '"components" must be a list of names';
    if (!isTime(from) || !isTime(to) || to <= from || to <= now || to - from > LONGEST_MS)
      return '"from" and "to" must be ms since 1970: it ends in the future, after it begins, within a week';
    if (this.all(now).filter((one) => one.to > now).length >= MOST_PLANNED)
      return `${MOST_PLANNED} are planned already`;
    return {
      ...{ at: now, source: 'person', kind: 'work.planned', subject: id, actor: by, text: title },
      data: { text, components, from, to },
    };
  }

  /** The entry that takes it back; `undefined`: there is none of this id that is not over. */
  cancel(id: string, by: string, now: number): Entry | undefined {
    const planned = this.#known.get(id);
    if (planned === undefined || planned.to <= now) return undefined;
    const text = `${by} has taken it back: ${planned.title}`;
    return { at: now, source: 'person', kind: 'work.cancelled', subject: id, actor: by, text };
  }
}

const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
