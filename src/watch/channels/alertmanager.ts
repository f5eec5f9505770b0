import { textOf } from './message.ts';
import { postJson, type Transport } from './transport.ts';

/**
 * What Alertmanager takes at `/api/v2/alerts`. It is one alert by its labels, however often it is sent, and
 * over with `endsAt`; until then it must not end by itself, so it is given a day.
 */
export function alertmanager(url: string): Transport {
  return (message, signal) => {
    const { alarm, title, command, what, at, watch } = message;
    const { series, severity, symptom, subject, id, raisedAt } = alarm;
    const ends = what === 'resolved' ? at : at + 86_400_000;
    const alert = {
      labels: {
        alertname: alertName(symptom),
        severity,
        service: subject,
        watch,
        ...(series?.product === undefined ? {} : { product: series.product }),
        ...(series?.cell === undefined ? {} : { cell: series.cell }),
        ...(series?.release === undefined ? {} : { release: series.release }),
      },
      annotations: {
        alarm: id,
        summary: title,
        description: textOf(message),
        ...(command === null ? {} : { command }),
      },
      startsAt: new Date(raisedAt).toISOString(),
      endsAt: new Date(ends).toISOString(),
    };
    return postJson(`${url.replace(/\/$/, '')}/api/v2/alerts`, JSON.stringify([alert]), {}, signal);
  };
}

/** CamelCase, as Prometheus names alerts. */
function alertName(symptom: string): string {
  const words = symptom.split(/[^a-zA-Z0-9]+/).filter((word) => word !== '');
  return `Imara${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`;
}
