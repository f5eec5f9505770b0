#!/usr/bin/env node
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runOnPinnedNode } from './run.mjs';

const main = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'cli', 'main.ts');
runOnPinnedNode([main, ...process.argv.slice(2)]);
