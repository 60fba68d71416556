// A process of the load: many members, told by its parent over the channel of `fork` to come in, speak, count and report. It ends when its
// parent does, or by itself after a time that no measurement needs.

import { Member } from './member.ts';
import { SPEECHES } from './speeches.ts';
import type { Order, Pace, Report, Word } from './orders.ts';

const TEXT_BYTES = 64;
const MARK = '|';
const STAMP_DIGITS = 13;
const LIFE_MS = 30 * 60_000;
/** Who has been silent for so long shows that it is there: some of them each second. */
const ALIVE_SECONDS = 60;

const members: Member[] = [];
let speakers: Member[] = [];
let probes: Member[] = [];
let pace: Pace | undefined;
let timer: NodeJS.Timeout | undefined;
let turn = 0;
let sent = 0;
let heard = 0;
let messages = 0;
let delaysMs: number[] = [];
let countingSince = 0;

function tell(word: Word): void {
  process.send?.(word);
}

/** A message that tells when it was said, in microseconds of this process. */
function text(): string {
  const stamp = String(Math.round(performance.now() * 1000)).padStart(STAMP_DIGITS, '0');
  return (MARK + stamp).padEnd(TEXT_BYTES, 'x');
}

function say(count: number): void {
  const said = text();
  const each = Math.ceil(count / speakers.length);
  for (let left = count; left > 0; left -= each) {
    speakers[turn++ % speakers.length]?.say(said, Math.min(each, left));
  }
  sent += count;
}

function listen(bytes: Buffer): void {
  const now = performance.now();
  for (let at = bytes.indexOf(MARK); at !== -1; at = bytes.indexOf(MARK, at + 1)) {
    messages++;
    heard++;
    const stamp = Number(bytes.toString('latin1', at + 1, at + 1 + STAMP_DIGITS));
    if (stamp > 0) delaysMs.push(now - stamp / 1000);
  }
  if (pace?.kind === 'window' && sent - heard < pace.messages) say(pace.messages - (sent - heard));
}

function speak(how: Pace): void {
  pace = how;
  if (how.kind === 'window') {
    say(how.messages);
    return;
  }
  const start = performance.now();
  const before = sent;
  timer = setInterval(() => {
    const due = before + Math.floor(((performance.now() - start) / 1000) * how.perSecond);
    while (sent < due) say(1);
  }, 1);
}

function count(): void {
  for (const member of members) member.bytes = 0;
  messages = 0;
  delaysMs = [];
  countingSince = performance.now();
}

function bytesOf(some: readonly Member[]): number {
  return some.reduce((sum, member) => sum + member.bytes, 0);
}

function report(): Report {
  const seconds = (performance.now() - countingSince) / 1000;
  return { seconds, bytes: bytesOf(members), probed: { bytes: bytesOf(probes), messages, delaysMs } };
}

async function enter({ way, newcomers, ...numbers }: Extract<Order, { kind: 'enter' }>): Promise<void> {
  const lost = (why: string): void => tell({ kind: 'lost', why });
  const waiting = newcomers.values();
  const all: Member[] = [];
  await Promise.all(
    Array.from({ length: SPEECHES[way.speech].atOnce }, async () => {
      for (const newcomer of waiting) {
        const member = new Member(way, newcomer, lost);
        all.push(member);
        if (newcomer.steps.length > 0) members.push(member);
        await member.arrived;
      }
    }),
  );
  speakers = all.filter(({ number }) => numbers.speakers.includes(number));
  probes = all.filter(({ number }) => numbers.probes.includes(number));
  for (const probe of probes) probe.heard = listen;
  tell({ kind: 'entered' });
}

let seconds = 0;
setInterval(() => {
  if (++seconds < ALIVE_SECONDS) return;
  for (let i = seconds % ALIVE_SECONDS; i < members.length; i += ALIVE_SECONDS) members[i]?.stayAlive();
}, 1000);

process.on('message', (order: Order) => {
  switch (order.kind) {
    case 'enter':
      void enter(order);
      break;
    case 'speak':
      speak(order.pace);
      break;
    case 'count':
      count();
      break;
    case 'report':
      tell({ kind: 'report', report: report() });
      break;
    case 'hush':
      pace = undefined;
      clearInterval(timer);
      break;
  }
});
tell({ kind: 'up' });
process.on('disconnect', () => process.exit());
setTimeout(() => process.exit(1), LIFE_MS).unref();
