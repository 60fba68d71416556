// The yardstick of the benchmark: the least that a Node program can do for the same fan-out. It reads, joins what came in
// one turn of the event loop, and writes that to everybody: no names, no store, no rules.

import { createServer, type Socket } from 'node:net';

const members = new Set<Socket>();
let batch: Buffer[] = [];

function flush(): void {
  const bytes = Buffer.concat(batch);
  batch = [];
  for (const member of members) member.write(bytes);
}

const server = createServer({ noDelay: true }, (socket) => {
  socket.once('data', () => {
    members.add(socket);
    socket.write('{"type":"welcome"}\n');
    socket.on('data', (chunk: Buffer) => {
      // A member that only shows that it is there has said nothing.
      if (chunk.length < 20 && chunk.includes('pong')) return;
      if (batch.length === 0) setImmediate(flush);
      batch.push(chunk);
    });
  });
  socket.on('error', () => {});
  socket.on('close', () => members.delete(socket));
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
