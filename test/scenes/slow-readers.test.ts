// Who does not read costs a bounded number of bytes and delays nobody; when they read again they are given everything.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Socket } from 'node:net';
import t from 'tap';
import { LIMITS } from '../../src/core/limits.ts';
import { ControlClient } from '../../src/chatctl/client.ts';
import { temporaryDirectory } from '../support/daemon.ts';
import { dial } from '../support/peers.ts';
import { freePort, runHub } from '../support/process.ts';

const MEMBERS = Number(process.env['CHATROOM_MEMBERS'] ?? 200);
const STUCK = Math.ceil(MEMBERS / 10);
/** What is said for a measure, and how often. */
const MEASURED = 150;
const EVERY_MS = Math.max(12, MEMBERS / 20);
/** So many measures before, while some do not read, and after: medians count, since a machine is never quite quiet. */
const MEASURES = 3;
/** Fills the sockets of those who do not read: said in a room of their own, so that the others need not read it. */
const HEAVY = 'x'.repeat(4000);
const HEAVY_AT_ONCE = 200;
const HEAVY_AT_MOST = 6000;
/** More than the hub keeps in memory: who is further behind is served from the store. */
const DEEP = Math.ceil((1.2 * LIMITS.tailBytes) / HEAVY.length);
/** What the tails of all logs may keep in memory, and room for the garbage of a busy hub. */
const GROWTH_MIB = 96;
const PATIENCE_MS = 15_000;

type Line = Record<string, unknown> & { type: string };

/** A member who keeps no more than where it is in each log, and finds fault with what does not follow. */
class Member {
  readonly nick: string;
  readonly socket: Socket;
  readonly last = new Map<string, number>();
  readonly faults: string[] = [];
  readonly latencies: number[] = [];
  oks = 0;
  welcome = false;
  #rest = '';
  readonly #said: Map<string, string>;
  readonly #waiting = new Set<() => void>();

  /** `said`: what is at each place of each log, which all members fill in and are compared with. */
  constructor(nick: string, socket: Socket, said: Map<string, string>) {
    this.nick = nick;
    this.socket = socket;
    this.#said = said;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#read(chunk));
    socket.on('error', (error) => this.faults.push(String(error)));
    socket.on('close', () => this.faults.push('closed'));
  }

  send(request: Record<string, unknown>): void {
    this.socket.write(`${JSON.stringify(request)}\n`);
  }

  until(what: string, look: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.nick} waited in vain for ${what}: ${this.faults.join()}`)),
        PATIENCE_MS,
      );
      const check = (): void => {
        if (!look()) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  reaches(log: string, seq: number): Promise<void> {
    return this.until(`${log} ${seq}`, () => (this.last.get(log) ?? 0) >= seq);
  }

  #read(chunk: string): void {
    const now = performance.now();
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#hear(JSON.parse(line) as Line, now);
    for (const check of this.#waiting) check();
  }

  #hear(line: Line, now: number): void {
    if (line.type === 'welcome') this.welcome = true;
    else if (line.type === 'ok') this.oks += 'id' in line ? 1 : 0;
    else if (line.type === 'error' || line.type === 'bye') this.faults.push(JSON.stringify(line));
    else if (typeof line['seq'] === 'number') {
      const [log, seq, text] = [String(line['log']), line['seq'], `${line.type} ${String(line['text'])}`];
      const before = this.last.get(log);
      if (before !== undefined && seq !== before + 1) this.faults.push(`${log} ${seq} came after ${before}`);
      this.last.set(log, seq);
      const known = this.#said.get(`${log} ${seq}`);
      if (known === undefined) this.#said.set(`${log} ${seq}`, text);
      else if (known !== text) this.faults.push(`${log} ${seq} is not what others were given`);
      const sent = /^message at (\S+)$/u.exec(text)?.[1];
      if (sent !== undefined) this.latencies.push(now - Number(sent));
    }
  }
}

const p99 = (values: number[]): number =>
  values.sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
};

function residentMiB(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/u.exec(status)?.[1]) / 1024;
}

// The long runs take longer than a test file commonly may.
t.setTimeout(0);

await t.test(`${STUCK} of ${MEMBERS} members do not read`, { timeout: 0 }, async (t) => {
  const dir = temporaryDirectory(t);
  const hub = await runHub(t, dir, await freePort(), ['--log-level', 'info']);
  const control = new ControlClient([join(dir, 'control.sock')]);
  const said = new Map<string, string>();
  const members: Member[] = [];
  for (let i = 0; i <= MEMBERS; i++) {
    const member = new Member(`m${i}`, await dial(t, hub.port), said);
    members.push(member);
    member.send({ type: 'hello', nick: member.nick, client: 'test' });
  }
  const [speaker, ...others] = members as [Member, ...Member[]];
  for (const member of members) await member.until('a welcome', () => member.welcome);
  const stuck = others.slice(0, STUCK);
  const readers = others.slice(STUCK);
  const lobby = async (who: readonly Member[]): Promise<void> => {
    const newest = Math.max(...members.map(({ last }) => last.get('#lobby') ?? 0));
    for (const member of who) await member.reaches('#lobby', newest);
  };
  await Promise.all(
    members.map((member) =>
      member.until('the last arrival', () => (member.last.get('#lobby') ?? 0) > MEMBERS),
    ),
  );
  for (const member of [speaker, ...stuck]) member.send({ type: 'join', room: '#heavy' });
  for (const member of [speaker, ...stuck])
    await member.until('the room', () => (member.last.get('#heavy') ?? 0) > 0);
  await speaker.reaches('#heavy', 1 + STUCK);

  const measure = async (): Promise<number> => {
    for (const reader of readers) reader.latencies.length = 0;
    const done = speaker.oks + MEASURED;
    await new Promise<void>((resolve) => {
      let sent = 0;
      const timer = setInterval(() => {
        speaker.send({ type: 'say', text: `at ${performance.now()}`, id: `${speaker.oks}/${sent}` });
        if (++sent < MEASURED) return;
        clearInterval(timer);
        resolve();
      }, EVERY_MS);
    });
    await speaker.until('its answers', () => speaker.oks >= done);
    await lobby([speaker, ...readers]);
    t.ok(
      readers.every(({ latencies }) => latencies.length === MEASURED),
      'every reader got everything',
    );
    return p99(readers.flatMap(({ latencies }) => latencies));
  };
  const measures = async (): Promise<number[]> => {
    const all: number[] = [];
    while (all.length < MEASURES) all.push(await measure());
    return all;
  };
  /** Says so many heavy texts, in order, and has each kept. */
  const say = async (room: string, from: number, count: number): Promise<void> => {
    for (let said = 0; said < count; said += HEAVY_AT_ONCE) {
      const done = speaker.oks + HEAVY_AT_ONCE;
      for (let i = said; i < said + HEAVY_AT_ONCE; i++)
        speaker.send({ type: 'say', room, text: `${from + i} ${HEAVY}`, id: `${room} ${from + i}` });
      await speaker.until('its answers', () => speaker.oks >= done);
    }
  };
  // One of them stops reading so early that the hub's memory has long been taken by others when it goes on.
  const deep = stuck[0] as Member;
  for (const member of [speaker, deep]) member.send({ type: 'join', room: '#deep' });
  for (const member of [speaker, deep])
    await member.until('the room', () => (member.last.get('#deep') ?? 0) > 0);
  await measure();
  const free = await measures();
  deep.socket.pause();
  await say('#deep', 0, DEEP);
  const before = residentMiB(hub.child.pid);

  for (const member of stuck) member.socket.pause();
  const lags = async (): Promise<number[]> => {
    const { users } = await control.call('GET /v1/users', {});
    return stuck.map(({ nick }) => users.find((user) => user.nick === nick)?.lag ?? Number.NaN);
  };
  let heavy = 0;
  while (!(await lags()).every((lag) => lag > 0) && heavy < HEAVY_AT_MOST) {
    await say('#heavy', heavy, HEAVY_AT_ONCE);
    heavy += HEAVY_AT_ONCE;
  }
  const newest = 1 + STUCK + heavy;
  await speaker.reaches('#heavy', newest);
  t.ok(
    (await lags()).every((lag) => lag > 0),
    'each of them is shown to lag',
  );
  const lagged = await lags();
  const held = await measures();
  const growth = residentMiB(hub.child.pid) - before;
  t.strictSame(
    await lags(),
    lagged.map((lag) => lag + MEASURES * MEASURED),
    'their lag grows by what is said: only their place is kept',
  );
  t.strictSame(
    members.flatMap(({ nick, faults }) => faults.map((fault) => `${nick}: ${fault}`)),
    [],
    'nobody was delayed out of order, or cut off',
  );
  t.ok(growth < GROWTH_MIB, 'memory stays within bounds');

  for (const member of stuck) member.socket.resume();
  await Promise.all(stuck.map((member) => member.reaches('#heavy', newest)));
  await deep.reaches('#deep', 2 + Math.ceil(DEEP / HEAVY_AT_ONCE) * HEAVY_AT_ONCE);
  await lobby(members);
  t.strictSame(
    members.flatMap(({ nick, faults }) => faults.map((fault) => `${nick}: ${fault}`)),
    [],
    'they get everything, each number once, in order',
  );
  t.strictSame(new Set(await lags()), new Set([0]), 'and are level again');
  free.push(...(await measures()));
  t.comment(
    `${MEMBERS} members, ${STUCK} of them stuck after ${heavy} texts of ${HEAVY.length}: p99 ${median(free).toFixed(1)} ms without, ` +
      `${median(held).toFixed(1)} ms with, ratio ${(median(held) / median(free)).toFixed(2)}; lag ${Math.min(...lagged)} to ${Math.max(...lagged)}; ` +
      `the hub grew by ${growth.toFixed(0)} MiB from ${before.toFixed(0)}`,
  );
  for (const member of members) member.socket.removeAllListeners('close').destroy();
});
