// Part of `npm run lint`: comments are read like code, so they end at its width.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const WIDTH = 110;
/** A comment that is a table, or is aligned by hand, keeps its lines. */
const COMMENT = /^\s*(?:\/\/|\/?\*+)(?! ?\|| {2})/;

const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx', '*.mjs'], { encoding: 'utf8' })
  .split('\n')
  .filter(Boolean);
const wide = files.flatMap((file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      line.length > WIDTH && COMMENT.test(line)
        ? [`${file}:${index + 1}: a comment of ${line.length} columns`]
        : [],
    ),
);
if (wide.length > 0) {
  process.stderr.write(`${wide.join('\n')}\nComments end at ${WIDTH} columns.\n`);
  process.exitCode = 1;
}
