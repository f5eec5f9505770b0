/** What somebody ran into on the real system, or what its pages say: a row of the conformance page. */
export interface Case {
  /** What is sent, or what happens. */
  readonly asked: string;
  /** What the real one answers; of an open question, what the sources say. */
  readonly answer: string;
  /** Who saw it; the page explains the marks. `open`: sources disagree, or say nothing. */
  readonly source: string;
  /** Of an open question: what is done here, and the setting that changes it. */
  readonly taken?: string;
  /** Titles of the tests that hold it. */
  readonly tests: readonly string[];
}

export interface Chapter {
  readonly title: string;
  readonly cases: readonly Case[];
}
