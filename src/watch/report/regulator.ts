import { eat, utc } from '../incident/eat.ts';
import type { InstantName } from '../incident/instants.ts';
import type { Report } from './report.ts';

/** A time as forms ask for it: in words of the country, and for machines. */
interface FormTime {
  readonly eat: string;
  readonly utc: string;
}

/**
 * What a regulator of payments asks after an outage. The fields are a default taken: forms differ, and each
 * asks for these.
 */
export interface RegulatorForm {
  readonly reference: string;
  readonly nature: string;
  readonly times: Readonly<
    Record<'began' | 'detected' | 'notified' | 'recovered' | 'closed', FormTime | null>
  >;
  readonly durationMinutes: number | null;
  readonly systems: readonly string[];
  readonly customers: {
    readonly merchants: number | null;
    /** Of the books; `null`: these have not answered yet. */
    readonly failedPayments: number | null;
    /** Measured at the instances: also what was refused before it was taken. */
    readonly failedRequests: number;
  };
  /** Decimal digits of whole cents of Kenyan shillings; `null`: the books have not answered yet. */
  readonly valueCents: string | null;
  readonly cause: string;
  readonly measures: readonly string[];
}

export function regulatorForm(report: Report): RegulatorForm {
  const { instants, impact, words, measures } = report;
  const at = (name: InstantName) => instants.find((one) => one.name === name)?.at ?? null;
  const time = (instant: number | null): FormTime | null =>
    instant === null ? null : { eat: eat(instant), utc: utc(instant) };
  const posted = report.timeline.find(({ kind }) => kind === 'status.posted')?.at ?? null;
  const [began, recovered] = [at('T1'), at('T6')];
  return {
    reference: report.incident,
    nature: report.title,
    times: {
      began: time(began),
      detected: time(at('T2')),
      notified: time(posted),
      recovered: time(recovered),
      closed: time(at('T8')),
    },
    durationMinutes: began === null || recovered === null ? null : Math.ceil((recovered - began) / 60_000),
    systems: impact.components.map(({ component }) => component),
    customers: {
      merchants: impact.exact?.merchants ?? null,
      failedPayments: impact.exact?.failedPayments ?? null,
      failedRequests: impact.failed,
    },
    valueCents: impact.exact?.amountCents ?? null,
    cause: words.rootCause,
    measures: measures.map(({ text }) => text),
  };
}
