// A process of clients that come in, lose their hub, and all come back at once with what they had, told by its parent over the channel of `fork`.

import { connect, type Socket } from 'node:net';

export type ReturnersOrder =
  | { readonly kind: 'enter'; readonly port: number; readonly count: number; readonly missed: number }
  | { readonly kind: 'return'; readonly port: number; readonly patienceMs: number };

export type ReturnersWord =
  | { readonly kind: 'entered' }
  /** How many have all that was said while they were away, and after how long the last of them had it. */
  | { readonly kind: 'level'; readonly count: number; readonly seconds: number };

const ENTER_AT_ONCE = 128;
const LIFE_MS = 10 * 60_000;

const tokens: string[] = [];
let sockets: Socket[] = [];
let before = 0;
let last = '';

/** Sends a line and resolves with what came up to `wait`. */
function hear(port: number, line: string, wait: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write(line));
  sockets.push(socket);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('closed by the hub')));
  socket.on('data', (chunk: Buffer) => {
    if (wait === '') return;
    text += chunk.toString('latin1');
    if (text.startsWith('NICKNAME')) {
      // This process was too late with the first line, and is taken for one that speaks plain text.
      socket.removeAllListeners('close').destroy();
      hear(port, line, wait).then(resolve, reject);
      return;
    }
    if (!text.includes(wait)) return;
    resolve(text);
    wait = '';
    text = '';
  });
  return promise;
}

async function each(count: number, atOnce: number, run: (i: number) => Promise<void>): Promise<void> {
  const numbers = Array.from({ length: count }, (_, i) => i).values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const i of numbers) await run(i);
    }),
  );
}

function hello(i: number, more = ''): string {
  return `{"type":"hello","nick":"back${i}","client":"bench"${more}}\n`;
}

async function enter(port: number, count: number, missed: number): Promise<void> {
  await each(count, ENTER_AT_ONCE, async (i) => {
    const text = await hear(port, hello(i), '"welcome"');
    tokens[i] = /"token":"([^"]+)"/.exec(text)?.[1] ?? '';
  });
  const says = Array.from(
    { length: missed },
    (_, i) => `{"type":"say","text":"missed ${i + 1}.","id":"s${i}"}\n`,
  );
  const text = await hear(
    port,
    `{"type":"hello","nick":"sayer","client":"bench"}\n${says.join('')}`,
    `"id":"s${missed - 1}"`,
  );
  last = `missed ${missed}.`;
  before = Number(new RegExp(`"seq":(\\d+)[^\\n]*"id":"s${missed - 1}"`).exec(text)?.[1]) - missed;
  process.send?.({ kind: 'entered' } satisfies ReturnersWord);
}

async function comeBack(port: number, patienceMs: number): Promise<void> {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  const started = performance.now();
  let count = 0;
  let seconds = 0;
  const all = each(tokens.length, tokens.length, async (i) => {
    const after = `{"#lobby":${before},"@me":0}`;
    await hear(port, hello(i, `,"resume":{"token":"${tokens[i]}","after":${after}}`), last);
    count++;
    seconds = (performance.now() - started) / 1000;
  });
  const patience = new Promise((resolve) => setTimeout(resolve, patienceMs));
  // Whoever is turned away is told by the count.
  await Promise.race([all.catch(() => patience), patience]);
  process.send?.({ kind: 'level', count, seconds } satisfies ReturnersWord);
}

process.on('message', (order: ReturnersOrder) => {
  // A failure ends the process, which tells the parent.
  void (order.kind === 'enter'
    ? enter(order.port, order.count, order.missed)
    : comeBack(order.port, order.patienceMs));
});
process.on('disconnect', () => process.exit());
setTimeout(() => process.exit(1), LIFE_MS).unref();
