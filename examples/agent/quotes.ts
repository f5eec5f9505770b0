import type { QuotesDocument } from './config.ts';

/** What the service serves with: built from a document, used by the taster and by the server alike. */
export interface Quotes {
  rate(currency: string, signal: AbortSignal): Promise<number>;
}

export function createQuotes({ upstream, timeoutMs, attempts }: QuotesDocument): Quotes {
  return {
    async rate(currency, signal) {
      let failure: unknown;
      for (let attempt = 0; attempt < attempts && !signal.aborted; attempt++) {
        try {
          const response = await fetch(new URL(`/rates/${currency}`, upstream), {
            signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
          });
          if (!response.ok) throw new Error(`upstream answered ${response.status}`);
          return Number(await response.text());
        } catch (error) {
          failure = error;
        }
      }
      throw failure ?? signal.reason;
    },
  };
}
