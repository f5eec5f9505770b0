const EAT: Intl.DateTimeFormatOptions = { timeZone: 'Africa/Nairobi' };
const full = new Intl.DateTimeFormat('en-KE', {
  ...EAT,
  ...{
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    second: '2-digit',
  },
  hour12: true,
  timeZoneName: 'short',
});
const clock = new Intl.DateTimeFormat('en-KE', {
  ...EAT,
  ...{ hour: 'numeric', minute: '2-digit', second: '2-digit' },
  hour12: true,
});
const date = new Intl.DateTimeFormat('en-KE', { ...EAT, day: 'numeric', month: 'long', year: 'numeric' });

/** East Africa Time, as the people say it who read the report: `1 Nov 2022, 12:35:00 AM EAT`. */
export const eat = (at: number): string => tidy(full.format(at));
export const eatClock = (at: number): string => tidy(clock.format(at));
export const eatDate = (at: number): string => tidy(date.format(at));
export const utc = (at: number): string => new Date(at).toISOString();

/** One spelling, whatever the tables of this Node say: `am`, `a.m.` and narrow spaces come and go. */
function tidy(text: string): string {
  return text
    .replaceAll(/\s/g, ' ')
    .replaceAll(/\b([ap])\.?m\b\.?/gi, (_, half: string) => `${half.toUpperCase()}M`);
}

/** `35 min`, `1 h 55 min`, `2.4 s`. */
export function lasting(ms: number): string {
  if (ms < 10_000) return `${Number((ms / 1000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  if (minutes < 60) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
