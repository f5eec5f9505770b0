import { createServer } from 'node:http';

// Stands in for who knows the rates: `node rates.ts PORT RATE`.
const [, , port, rate] = process.argv;
createServer((_, response) => response.end(rate)).listen(Number(port), '127.0.0.1');
