import type { Instance } from '../instances/book.ts';

/** A group of the form that Prometheus' `http_sd_configs` asks for. */
export interface ScrapeTarget {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Each instance that has an admin port. Its ports are ephemeral, so its name is its `instance`: a series goes
 * on after a restart.
 */
export function scrapeTargets(instances: readonly Instance[]): ScrapeTarget[] {
  return instances.flatMap(({ name, service, cell, admin }) => {
    if (admin === null || !URL.canParse(admin)) return [];
    const { protocol, host, pathname } = new URL(admin);
    const labels = {
      instance: name,
      service,
      ...(cell === null ? {} : { cell }),
      __scheme__: protocol.slice(0, -1),
      __metrics_path__: `${pathname.replace(/\/$/, '')}/metrics`,
    };
    return [{ targets: [host], labels }];
  });
}
