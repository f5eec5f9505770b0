// Some hundreds of watchers of one key in etcd, through its JSON gateway, each on a connection of its own.
import { request } from 'node:http';

process.once('disconnect', () => process.exit(0));
process.once('message', ({ url, watchers }: { url: string; watchers: number }) => {
  for (let index = 0; index < watchers; index++) watch(url);
});

let seen: number[] = [];
let telling: NodeJS.Timeout | undefined;

function watch(url: string): void {
  request(`${url}/v3/watch`, { method: 'POST', agent: false }, (response) => {
    let rest = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) hear(JSON.parse(line));
    });
  }).end(JSON.stringify({ create_request: { key: Buffer.from('config').toString('base64') } }));
}

function hear({ result }: { result: { created?: boolean; events?: unknown[] } }): void {
  if (result.created === true) process.send?.({ watching: 1 });
  if (result.events === undefined) return;
  seen.push(Date.now());
  if (telling !== undefined) return;
  telling = setTimeout(() => {
    telling = undefined;
    process.send?.({ at: seen });
    seen = [];
  }, 50);
}
