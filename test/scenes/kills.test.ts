// The hub is killed again and again while everybody talks. Whoever comes back goes on exactly where it was: nothing
// that was acknowledged is lost, nothing is there twice, and all see one order.

import t from 'tap';
import { temporaryDirectory } from '../support/daemon.ts';
import { freePort, type HubProcess, runHub } from '../support/process.ts';
import { Resumer } from '../support/resumer.ts';

const KILLS = Number(process.env['CHATROOM_KILLS'] ?? 12);
const CLIENTS = Number(process.env['CHATROOM_CLIENTS'] ?? 12);
const PER_SECOND = 2000;
const TICK_MS = 20;
const MOST_UNANSWERED = 64;
/** Of so many requests one is private. */
const PRIVATE_EVERY = 25;
const RETRY_MS = 25;

/** What all have seen, put together: each new reader is compared with those before. */
class Record {
  readonly room = new Map<number, string>();
  readonly inboxes = new Map<string, string[]>();
  readonly faults: string[] = [];
  seen = 0;

  /** Takes over what `client` was given, but for the last entry of each log, which tells it where it is. */
  take(client: Resumer, keep: 0 | 1): void {
    for (const [log, entries] of client.seen) {
      const taken = entries.splice(0, entries.length - keep);
      this.seen += taken.length;
      for (const { seq, type, text } of taken) {
        if (log === '@me') {
          this.inboxes.set(client.nick, [...(this.inboxes.get(client.nick) ?? []), text]);
          continue;
        }
        if (type === 'leave') this.faults.push(`${client.nick} saw somebody leave at ${seq}`);
        const known = this.room.get(seq);
        const shown = `${type} ${text}`;
        if (known === undefined) this.room.set(seq, shown);
        else if (known !== shown) this.faults.push(`${client.nick}: ${seq} is ${shown}, not ${known}`);
      }
    }
  }
}

const percentile = (sorted: readonly number[], part: number): number =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);

// The long runs take longer than a test file commonly may.
t.setTimeout(0);

await t.test(`${KILLS} times kill -9 under ${CLIENTS} who come back`, { timeout: 0 }, async (t) => {
  const dir = temporaryDirectory(t);
  const port = await freePort();
  const run = (): Promise<HubProcess> => runHub(t, dir, port, ['--log-level', 'info']);
  let hub = await run();
  const clients = Array.from({ length: CLIENTS }, (_, i) => new Resumer(`c${i}`, port, RETRY_MS));
  t.teardown(() => clients.forEach((client) => client.leave()));
  for (const client of clients) await client.stay();
  const record = new Record();
  const said: string[][] = clients.map(() => []);
  const told: string[][] = clients.map(() => []);
  const asked: { client: Resumer; id: string; text: string }[] = [];

  let turn = 0;
  const ask = (): void => {
    const i = turn++ % CLIENTS;
    const client = clients[i] as Resumer;
    if (client.outbox.size >= MOST_UNANSWERED) return;
    const text = `${client.nick} says ${turn}`;
    if (turn % PRIVATE_EVERY === 0) {
      const to = (i + 1) % CLIENTS;
      told[i]?.push(text);
      told[to]?.push(text);
      client.ask({ type: 'tell', to: `c${to}`, text });
      return;
    }
    said[i]?.push(text);
    asked.push({ client, id: client.ask({ type: 'say', text }), text });
  };
  const load = setInterval(() => {
    for (let n = 0; n < (PER_SECOND * TICK_MS) / 1000; n++) ask();
  }, TICK_MS);
  t.teardown(() => clearInterval(load));

  const answered = (): number => clients.reduce((sum, client) => sum + client.answers.size, 0);
  const started = performance.now();
  for (let kill = 1; kill <= KILLS; kill++) {
    // Killed after some hundred more answers, never twice at the same point of the traffic.
    const enough = answered() + 200 + ((kill * 7919) % 401);
    await Promise.all(clients.map((client) => client.until('more answers', () => answered() >= enough)));
    await hub.end('SIGKILL');
    hub = await run();
    await Promise.all(clients.map((client) => client.until(`return ${kill}`, () => client.resumes >= kill)));
    for (const client of clients) record.take(client, 1);
  }
  clearInterval(load);
  const seconds = (performance.now() - started) / 1000;
  await Promise.all(clients.map((client) => client.until('all answers', () => client.outbox.size === 0)));
  // As many as are asked in a long run are too many for the arguments of one call.
  const last = asked.reduce(
    (most, { client, id }) => Math.max(most, Number(client.answers.get(id)?.['seq'])),
    0,
  );
  for (const [i, client] of clients.entries()) {
    await client.until('the last of the room', () => (client.seen.get('#lobby')?.at(-1)?.seq ?? 0) >= last);
    const inbox = (): number => client.seen.get('@me')?.at(-1)?.seq ?? 0;
    await client.until('the last of its inbox', () => inbox() >= (told[i]?.length ?? 0));
  }
  for (const client of clients) record.take(client, 0);

  t.strictSame(
    clients.flatMap(({ nick, faults }) => faults.map((fault) => `${nick}: ${fault}`)).slice(0, 20),
    [],
    'each was recovered each time, and given each number once, in order',
  );
  t.strictSame(record.faults.slice(0, 20), [], 'all saw the same, and nobody come or go');
  t.strictSame(new Set(clients.map(({ resumes }) => resumes)), new Set([KILLS]), 'each came back each time');
  const misplaced = asked.filter(
    ({ client, id, text }) => record.room.get(Number(client.answers.get(id)?.['seq'])) !== `message ${text}`,
  );
  t.strictSame(misplaced.slice(0, 20), [], 'each acknowledged text is where it was said to be');
  const room = [...record.room].sort(([a], [b]) => a - b).map(([, shown]) => shown);
  for (const [i, { nick }] of clients.entries()) {
    const mine = room.filter((shown) => shown.startsWith(`message ${nick} `)).map((shown) => shown.slice(8));
    t.strictSame(mine, said[i], `what ${nick} said is there once, in the order it was said`);
    const inbox = record.inboxes.get(nick) ?? [];
    t.strictSame(inbox.toSorted(), told[i]?.toSorted(), `${nick} has every private text once`);
  }
  const away = clients.flatMap(({ timesAway }) => timesAway).sort((a, b) => a - b);
  const messages = room.filter((shown) => shown.startsWith('message '));
  const figures = {
    kills: KILLS,
    clients: CLIENTS,
    acknowledged: answered(),
    seen: record.seen,
    lost: misplaced.length,
    repeated: messages.length - new Set(messages).size,
    outOfOrder: clients.flatMap(({ faults }) => faults.filter((fault) => fault.includes('came after')))
      .length,
    perSecond: Math.round(answered() / seconds),
    awayP50Ms: percentile(away, 0.5),
    awayP99Ms: percentile(away, 0.99),
  };
  t.comment(
    Object.entries(figures)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  );
});
