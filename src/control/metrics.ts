import { Gauge, type Registry } from 'prom-client';
import type { LeaderLoop } from './leader/loop.ts';

export interface ControlView {
  readonly leads: () => boolean;
  readonly streams: { readonly size: number; readonly cut: number };
  readonly instanceRegistry: { readonly size: number };
  /** Instances that serve with something else than what is in force, of each service. */
  readonly differing: () => ReadonlyMap<string, number>;
  readonly judgements: LeaderLoop['judgements'];
}

/** What one control process shows of itself when it is asked. */
export function showControl(
  registry: Registry,
  { leads, streams, instanceRegistry, differing, judgements }: ControlView,
): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge('control_leads', '1 while this process leads.', () => Number(leads()));
  gauge('control_agent_streams', 'Open streams to agents.', () => streams.size);
  gauge(
    'control_agent_streams_cut',
    'Streams cut because their agent did not read, since the start.',
    () => streams.cut,
  );
  gauge('control_instances', 'Instances that reported here of late.', () => instanceRegistry.size);

  new Gauge({
    name: 'control_instances_differing',
    help: 'Instances that serve with something else than what is in force; of the process that leads.',
    labelNames: ['service'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [service, count] of differing()) this.set({ service }, count);
    },
  });

  new Gauge({
    name: 'control_alarms',
    help: 'Alarms that stand about the release in force, by kind; of the process that leads.',
    labelNames: ['service', 'kind'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [service, { state }] of judgements() ?? [])
        for (const { kind } of state.alarms) this.set({ service, kind }, 1);
    },
  });
}
