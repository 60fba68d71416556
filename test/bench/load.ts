// The load: so many members in one room, some of them speaking as fast as what they said comes back, for a while.

import { connect, type Socket } from 'node:net';

export interface Load {
  readonly port: number;
  readonly members: number;
  readonly senders: number;
  readonly seconds: number;
  /** Messages under way at once, counted where one member hears them. */
  readonly window: number;
}

export interface LoadResult {
  readonly messagesPerSecond: number;
  readonly deliveriesPerSecond: number;
}

const MARK = '~';
const TEXT = MARK + 'x'.repeat(63);

/** Runs the load against a hub that speaks the native dialect on 127.0.0.1. */
export async function load({ port, members, senders, seconds, window }: Load): Promise<LoadResult> {
  const sockets: Socket[] = [];
  for (let i = 0; i < members; i++) sockets.push(await enter(port, `load-${i}`));
  let deliveries = 0;
  let heard = 0;
  let sent = 0;
  const start = performance.now();
  const until = start + seconds * 1000;
  const speakers = sockets.slice(-senders);
  const speak = (): void => {
    while (sent - heard < window && performance.now() < until) {
      speakers[sent++ % speakers.length]?.write(`{"type":"say","text":"${TEXT}"}\n`);
    }
  };
  for (const [i, socket] of sockets.entries()) {
    socket.on('data', (chunk: Buffer) => {
      const count = marks(chunk);
      deliveries += count;
      if (i !== 0) return;
      heard += count;
      speak();
    });
  }
  speak();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const elapsed = (performance.now() - start) / 1000;
  const result = { messagesPerSecond: heard / elapsed, deliveriesPerSecond: deliveries / elapsed };
  for (const socket of sockets) socket.destroy();
  return result;
}

function enter(port: number, nick: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
      socket.write(`{"type":"hello","nick":"${nick}"}\n`);
    });
    socket.once('error', reject);
    let text = '';
    const welcome = (chunk: Buffer): void => {
      text += chunk.toString();
      if (!text.includes('"welcome"')) return;
      socket.off('data', welcome);
      resolve(socket);
    };
    socket.on('data', welcome);
  });
}

function marks(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(MARK); at !== -1; at = chunk.indexOf(MARK, at + 1)) count++;
  return count;
}
