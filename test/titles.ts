import { globSync, readFileSync } from 'node:fs';

const FILES = ['src/**/*.test.ts', 'sim/**/*.test.ts', 'test/**/*.test.ts'];
const TITLE = /\btest\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;

export interface NamedTest {
  file: string;
  /** As it is written: a template has its `${…}`. */
  title: string;
}

/** Every test of the suite, by file and place. */
export function allTests(): NamedTest[] {
  return FILES.flatMap((pattern) => globSync(pattern))
    .sort()
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(TITLE)].map(([, single, double, template]) => {
        const title = (single ?? double ?? template ?? '').replaceAll("\\'", "'");
        return { file, title };
      }),
    );
}
