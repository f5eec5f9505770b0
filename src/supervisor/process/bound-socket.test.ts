import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { closedPort } from '../../../test/auth/broken-servers.ts';
import { bindHandle, bindSocket } from './bound-socket.ts';

const listens = `require('node:net').createServer((socket) => socket.end('the child')).listen({ fd: 3 }, () => console.log('up'))`;

for (const [name, bind] of [
  ['the one of Node', bindSocket],
  ['the one for a Node that has none', bindHandle],
] as const) {
  test(`a bound socket, ${name}: the process that inherits it answers, and the port cannot be had again`, async () => {
    const port = await closedPort();
    const socket = bind('127.0.0.1', port);
    const child = spawn(process.execPath, ['-e', listens], {
      stdio: ['ignore', 'pipe', 'inherit', socket.fd()],
    });
    after(() => child.kill('SIGKILL'));
    assert.ok(child.stdout !== null);
    await once(child.stdout, 'data');
    // The child has it by itself by now.
    socket.close();
    assert.equal(await text(connect(port, '127.0.0.1')), 'the child');
    assert.throws(() => bind('127.0.0.1', port), /EADDRINUSE/);
  });
}
