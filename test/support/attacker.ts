// One who means harm, in a process of its own, so that what it costs is not counted as the hub's. Comes from many addresses of the loopback
// network. `node attacker.ts KIND PORT COUNT` says `here`, begins when it is told to, says `ready` when all COUNT connections have been made,
// and goes on until its standard input ends; then it says how many it has made in all.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';

/** Below the usual limit of connections per address. */
const PER_ADDRESS = 80;
const AT_ONCE = 100;
const DRIP_MS = 1_000;
const HANDSHAKE_MS = 20;

const [, , kind = '', port = '', count = ''] = process.argv;
const sockets = new Set<Socket>();
let made = 0;
let tries = 0;
let isOver = false;

type Say = (socket: Socket, n: number) => void;

/** Whether a connection is made again when it is closed; and then from the same address, or always from others. */
type Again = 'no' | 'same' | 'others';

function addressOf(n: number): string {
  const address = Math.floor(n / PER_ADDRESS);
  return `127.${1 + (Math.floor(address / 65_024) % 254)}.${Math.floor(address / 254) % 256}.${(address % 254) + 1}`;
}

/** Makes the `n`th connection, and makes it again when it is closed, if it is to. Resolves when it is made, or could not be. */
function open(n: number, say: Say, again: Again): Promise<void> {
  const localAddress = addressOf(n);
  const since = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress, noDelay: true });
    sockets.add(socket);
    socket.once('connect', () => {
      made++;
      say(socket, n);
      resolve();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      resolve();
      if (again === 'no') return;
      const next = again === 'same' ? n : n + Number(count) + PER_ADDRESS;
      // Who is closed at once does not come more often for it.
      const pause = Math.max(0, since + HANDSHAKE_MS - performance.now());
      setTimeout(() => isOver || void open(next, say, again), pause);
    });
    socket.resume();
  });
}

/** What a TLS client says first. */
async function clientHello(): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        resolve(chunk);
        done();
      },
    });
    connectTls({ socket: wire, rejectUnauthorized: false }).on('error', () => {});
  });
}

/** Opens them all, some at a time, and says something with each. */
async function openAll(say: Say, again: Again = 'no'): Promise<void> {
  let next = 0;
  const opener = async (): Promise<void> => {
    for (let n = next++; n < Number(count); n = next++) await open(n, say, again);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, opener));
}

/** Says `part` again and again, as fast as it is taken, or until the hub has had enough. */
async function pour(socket: Socket, part: Buffer): Promise<void> {
  const closed = once(socket, 'close');
  while (!socket.destroyed) {
    if (!socket.write(part)) await Promise.race([once(socket, 'drain').catch(() => {}), closed]);
  }
}

/** Says enough for its language to be known, and then one byte a second. */
function drip(socket: Socket, words: Buffer): void {
  let at = 5;
  const timer = setInterval(() => void socket.write(words.subarray(at, ++at)), DRIP_MS);
  socket.on('close', () => clearInterval(timer));
  socket.write(words.subarray(0, at));
}

/** A try at somebody's password, by one who would also like to write a line of the log. */
function guess(n: number): string {
  const auth = { password: `guess ${n}` };
  return `${JSON.stringify({ type: 'hello', nick: 'owner', client: 'x\n2026-01-01 error forged', auth })}\n`;
}

/** Has the hub begin handshakes, and leaves. */
async function handshakes(again: Again): Promise<void> {
  const hello = await clientHello();
  await openAll((socket) => {
    socket.write(hello);
    setTimeout(() => socket.resetAndDestroy(), HANDSHAKE_MS);
  }, again);
}

const FLOODS: Record<string, () => Promise<void>> = {
  'half-open': () => openAll(() => {}),
  'slow-loris': async () => {
    const words = [
      Buffer.from(`{"type":"hello","nick":"${'x'.repeat(10_000)}`),
      await clientHello(),
      Buffer.from(`GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(7_000)}`),
    ];
    await openAll((socket, n) => drip(socket, words[n % words.length] ?? Buffer.of(0)));
  },
  handshakes: () => handshakes('same'),
  scattered: () => handshakes('others'),
  // Twenty tries at once, and another for each that is answered.
  guesses: () =>
    openAll((socket) => {
      for (let i = 0; i < 20; i++) socket.write(guess(tries++));
      socket.on('data', () => void socket.write(guess(tries++)));
    }, 'same'),
  // A line that never ends: from those who are in, and from one who says nothing else.
  endless: async () => {
    const part = Buffer.alloc(256 * 1024, 'x');
    await openAll((socket, n) => {
      socket.write(
        ['{"type":"hello","nick":"endless"}\n{"type":"say","text":"', 'endless\n', ''][n % 3] ?? '',
      );
      void pour(socket, part);
    });
  },
  // Each line is answered by its refusal, which nobody reads.
  nonsense: () =>
    openAll((socket) => {
      socket.pause();
      socket.write('{"type":"ping"}\n'.repeat(10_000));
    }),
};

const flood = FLOODS[kind];
if (flood === undefined) throw new Error(`no such flood: ${kind}`);
process.stdout.write('here\n');
await once(process.stdin, 'data');
await flood();
process.stdout.write('ready\n');
process.stdin.resume();
await once(process.stdin, 'end');
isOver = true;
for (const socket of sockets) socket.destroy();
process.stdout.write(`${made}\n`);
