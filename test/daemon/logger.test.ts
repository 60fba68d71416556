// The log must stay one line a record whatever peers put into it, and must never stop or fill the hub whatever its reader does.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import t from 'tap';
import { type Log, createLogger, type LogFormat } from '../../src/daemon/logger.ts';

/** Everything that `write` logs, in one of the formats. */
async function logged(format: LogFormat, write: (log: Log) => void): Promise<string> {
  const stream = new PassThrough();
  const log = createLogger({ level: 'info', format, stream, env: {} });
  write(log);
  await log.flush();
  stream.end();
  return readAll(stream);
}

const EVIL = 'x y="z"\n<0>2026-01-01T00:00:00.000Z error forged\r\u001b[31m\u009b31m\u202e\u2028\u{e0001}';

/** Arguments for a Node process that logs to its own standard output. */
function program(body: string): string[] {
  const logger = JSON.stringify(new URL('../../src/daemon/logger.ts', import.meta.url).href);
  const start = `import { createLogger } from ${logger};\nconst log = createLogger({ level: 'info', format: 'journal' });\n`;
  return ['--input-type=module', '--eval', start + body];
}

await t.test('one line a record, whatever a peer is called', async (test) => {
  const write = (log: Log): void => {
    log.info(`joined ${EVIL}`, { nick: EVIL, list: [EVIL], deep: { [EVIL]: EVIL } });
  };
  for (const format of ['text', 'journal', 'json'] as const) {
    const output = await logged(format, write);
    test.equal(output.split('\n').length, 2, `${format}: one line and its end`);
    test.notMatch(output, /[\p{Cf}\p{Zl}\u0000-\u0009\u000b-\u001f\u007f-\u009f]/u, format);
    test.equal(output.split('<0>').length - 1, 5, `${format}: its words are still there to be read`);
  }
  const [record] = [JSON.parse(await logged('json', write))];
  test.match(
    record,
    { level: 'info', message: `joined ${EVIL}`, nick: EVIL, list: [EVIL] },
    'json loses nothing',
  );
});

await t.test('fields as words', async (test) => {
  const fields = {
    nick: 'LÖ-1',
    address: '[::1]:3040',
    text: 'a b',
    eq: 'k=v',
    quote: '"',
    none: undefined,
    no: '',
    n: 5,
    b: true,
    nil: null,
  };
  const line = await logged('journal', (log) =>
    log.warn('joined', { ...fields, big: 2n ** 60n, rooms: ['#a', '#b'], o: { a: 1 } }),
  );
  test.equal(
    line,
    String.raw`<4>joined nick=LÖ-1 address=[::1]:3040 text="a b" eq="k=v" quote="\"" no="" n=5 b=true nil=null ` +
      String.raw`big=1152921504606846976 rooms=#a,#b o="{\"a\":1}"` +
      '\n',
  );
  const long = await logged('text', (log) => log.info('m', { long: 'é'.repeat(5000) }));
  test.ok(long.length < 1100, 'a value has a longest length');
  const own = JSON.parse(
    await logged('json', (log) => log.info('m', { message: 'x', level: 'x', time: 'x', big: 1n })),
  );
  test.match(
    own,
    { message: 'm', level: 'info', time: /^2/, big: '1' },
    'a field cannot replace what the log itself says',
  );
});

await t.test('an error brings its stack, every line with its priority and indented', async (test) => {
  const error = new Error(`bad\n${EVIL}`, { cause: new TypeError('inner') });
  const lines = (await logged('journal', (log) => log.error('failed', { error }))).trimEnd().split('\n');
  test.match(lines[0], /^<3>failed error="bad\\n/);
  test.ok(lines.slice(1).every((line) => line.startsWith('<3>    ')));
  test.ok(lines.some((line) => line.includes('[cause]: TypeError: inner')));
  const record = JSON.parse(await logged('json', (log) => log.error('failed', { error })));
  test.match(record, { error: { name: 'Error', stack: /logger\.test\.ts/ } });
});

await t.test('levels, and what an operator does', async (test) => {
  const output = await logged('journal', (log) => {
    log.debug('1');
    log.level = 'debug';
    log.debug('2');
    log.level = 'error';
    log.warn('3');
    log.error('4');
    log.audit('kick', { by: 'root', audit: false });
    test.equal(log.level, 'error');
  });
  test.equal(output, '<7>2\n<3>4\n<6>kick by=root audit=true\n');
  const stream = Object.assign(new PassThrough(), { isTTY: true });
  for (const env of [{}, { NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    const log = createLogger({ level: 'info', format: 'auto', stream, env });
    log.info('hello');
    await log.flush();
  }
  const shown = String(stream.read()).split('\n');
  test.match(shown[0], /^\d\d:\d\d:\d\d\.\d{3} \u001b\[36minfo \u001b\[0m hello$/);
  test.match(shown[1], /^\d\d:\d\d:\d\d\.\d{3} info {2}hello$/);
  test.match(shown[2], /^\d\d:\d\d:\d\d\.\d{3} info {2}hello$/);
  test.match(await logged('text', (log) => log.info('hello')), /^\d{4}-\d\d-\d\dT[\d:.]+Z info {2}hello\n$/);
});

await t.test('a reader that stalls costs bounded memory, and learns what it missed', async (test) => {
  const taken: string[] = [];
  const waiting: (() => void)[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      taken.push(chunk);
      waiting.push(done);
    },
  });
  const log = createLogger({ level: 'debug', format: 'journal', stream, env: {} });
  for (let at = 0; at < 20_000; at += 1) log.debug('d'.repeat(900));
  test.ok(stream.writableLength < 300_000, 'debug lines stop first');
  log.info('still told');
  for (let at = 0; at < 20_000; at += 1) log.info('i'.repeat(900));
  test.ok(stream.writableLength < 5_000_000, 'then all others');
  while (stream.writableLength > 0) {
    waiting.shift()?.();
    await new Promise(setImmediate);
  }
  log.info('caught up');
  await new Promise(setImmediate);
  for (const done of waiting.splice(0)) done();
  await new Promise(setImmediate);
  test.ok(taken.includes('<6>still told\n'));
  const drops = taken.filter((line) => line.includes('lines were dropped'));
  test.equal(drops.length, 2, 'once for the debug lines, once for the rest');
  const written = taken.filter((line) => /^<.>[di]+\n$/.test(line)).length;
  const missed = drops.reduce((sum, line) => sum + Number(/lines=(\d+)/.exec(line)?.[1]), 0);
  test.equal(written + missed, 40_000, 'every line is either written or counted');
  const started = log.flush();
  for (const done of waiting.splice(0)) done();
  await started;
});

await t.test('a process loses no line at its end, and survives a reader that leaves', async (test) => {
  const all = spawn(
    process.execPath,
    program(
      `for (let at = 0; at < 3000; at += 1) log.info('x'.repeat(1000)); await log.flush(); process.exit(7);`,
    ),
  );
  const [output, [code]] = await Promise.all([readAll(all.stdout), once(all, 'exit')]);
  test.equal(output.length, 3000 * 1004);
  test.equal(code, 7);

  const left = spawn(
    process.execPath,
    program(`
     process.stdin.on('data', () => { for (let at = 0; at < 50; at += 1) log.info('into the void'); });
     process.stdin.on('end', async () => { await log.flush(); process.exit(8); });
     process.stderr.write('ready');`),
  );
  await once(left.stderr, 'data');
  left.stdout.destroy();
  await once(left.stdout, 'close');
  left.stdin.write('1');
  left.stdin.end('2');
  const [exit] = await once(left, 'exit');
  test.equal(exit, 8);
});

await t.test('the journal is recognised by its own stream only', async (test) => {
  const body = `const { fstatSync } = await import('node:fs');
     const { dev, ino } = fstatSync(1, { bigint: true });
     for (const JOURNAL_STREAM of [dev + ':' + ino, dev + ':' + (ino + 1n), '8:1']) {
       createLogger({ level: 'info', format: 'auto', env: { JOURNAL_STREAM } }).info('hello');
     }`;
  const child = spawn(process.execPath, program(body));
  const lines = (await readAll(child.stdout)).split('\n');
  test.equal(lines[0], '<6>hello');
  test.match(lines[1], /Z info {2}hello$/);
  test.match(lines[2], /Z info {2}hello$/);
});
