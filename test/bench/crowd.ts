// A process of the load: many members, told by its parent over the channel of `fork` to come in, speak, count and report. It ends when its
// parent does, or by itself after a time that no measurement needs.

import { Ear, stamped } from './ear.ts';
import { Member, type Newcomer, type Seat, type Way } from './member.ts';
import type { Order, Pace, Report, Word } from './orders.ts';

const TEXT_BYTES = 64;
const LIFE_MS = 30 * 60_000;
/** Who has been silent for so long shows that it is there: some of them each second. */
const ALIVE_SECONDS = 60;

const members: Member[] = [];
const speakers: Member[] = [];
const ears: Record<Seat, Ear> = { first: new Ear(), last: new Ear() };
let pace: Pace | undefined;
let timer: NodeJS.Timeout | undefined;
let turn = 0;
let sent = 0;
let heard = 0;
let countingSince = 0;

function tell(word: Word): void {
  process.send?.(word);
}

function say(count: number): void {
  const said = stamped(TEXT_BYTES);
  const each = Math.ceil(count / speakers.length);
  for (let left = count; left > 0; left -= each) {
    speakers[turn++ % speakers.length]?.say(said, Math.min(each, left));
  }
  sent += count;
}

/** What is under way is what the first of a room has not heard yet. */
function goOn(messages: number): void {
  heard += messages;
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
  for (const ear of Object.values(ears)) ear.reset();
  countingSince = performance.now();
}

function report(): Report {
  const elapsed = (performance.now() - countingSince) / 1000;
  const bytes = members.reduce((sum, member) => sum + member.bytes, 0);
  return { seconds: elapsed, bytes, seats: { first: ears.first.report(), last: ears.last.report() } };
}

function bringIn(way: Way, newcomer: Newcomer): Member {
  const member = new Member(way, newcomer, (why) => tell({ kind: 'lost', why }));
  if (newcomer.steps.length > 0) members.push(member);
  if (newcomer.speaks) speakers.push(member);
  return member;
}

async function enter({ way, newcomers, atOnce }: Extract<Order, { kind: 'enter' }>): Promise<void> {
  const waiting = newcomers.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const newcomer of waiting) {
        const member = bringIn(way, newcomer);
        await member.arrived;
        if (newcomer.seat === 'first') member.heard = (bytes) => goOn(ears.first.hear(bytes));
        if (newcomer.seat === 'last') member.heard = (bytes) => void ears.last.hear(bytes);
      }
    }),
  );
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
