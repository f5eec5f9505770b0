/** To the thread: credentials in base64. From it: the text in each, or null. */
export interface OpenMessage {
  readonly n: number;
  readonly credentials: readonly string[];
}

export interface OpenedMessage {
  readonly n: number;
  readonly texts: readonly (string | null)[];
}

export interface ThreadStart {
  /** PEM. */
  readonly privateKey: string;
}
