/** A callback to be written in the transaction of the fact it tells: see `enqueueCallback`. */
export interface Callback {
  /** UUID, decided by the fact it tells (the push's id), so that writing it twice writes it once. */
  id: string;
  url: string;
  /** Sent as they are, beside the content type. */
  headers: Readonly<Record<string, string>>;
  /** JSON text, sent to the byte. */
  body: string;
  dueAt: Date;
}
