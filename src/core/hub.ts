// The hub: who may come in, what becomes of a command, and what happens when a connection or the time is over.
// It has no sockets, no clock and no randomness: all of that is handed in.

import { accountOfInbox } from './account.ts';
import { Accounts } from './accounts.ts';
import { type Actor, type Answer, participant } from './actor.ts';
import { admit, type Identity } from './admission.ts';
import type { Kept } from './book.ts';
import type { Command, Hello } from './command.ts';
import { assertMay } from './commands.ts';
import { Committer } from './committer.ts';
import { Directory } from './directory.ts';
import { Drain } from './drain.ts';
import type { Entry } from './entry.ts';
import { ChatError } from './errors.ts';
import { Gate } from './gate.ts';
import { draftOf, type HubSetup, type Saying } from './hub-setup.ts';
import { assertHeard } from './heard.ts';
import { LIMITS } from './limits.ts';
import { type Log, TailMemory } from './log.ts';
import { lapseClaims } from './lapses.ts';
import { Meter } from './meter.ts';
import { LOBBY, REPORTS } from './names.ts';
import { answerOnce } from './once.ts';
import { restore } from './restore.ts';
import { Rates } from './rates.ts';
import { type Bye, errorReply } from './reply.ts';
import type { Room } from './room.ts';
import { RUN } from './run.ts';
import type { Outlet } from './outlet.ts';
import type { Session } from './session.ts';
import type { HubSettings } from './settings.ts';
import type { FactChange, Retention } from './store.ts';

// What is not said to anybody and costs next to nothing: an end, and a receipt.
const UNCOUNTED: ReadonlySet<Command['type']> = new Set(['quit', 'ack']);

const SPEECH: ReadonlySet<Command['type']> = new Set(['say', 'tell']);

export type Watcher = (entries: readonly Entry[]) => void;

export class Hub {
  readonly setup: HubSetup;
  readonly directory: Directory;
  readonly meter = new Meter();
  readonly rates: Rates;
  readonly accounts: Accounts;
  readonly gate: Gate;
  readonly drain = new Drain();
  readonly watchers = new Set<Watcher>();
  /** The inbox of whoever runs the hub. */
  reports: Log;
  settings: HubSettings;
  /** When somebody last said something (Unix ms). */
  talkedAt = 0;
  readonly #committer: Committer;
  #closing = false;

  private constructor(setup: HubSetup) {
    this.setup = setup;
    this.settings = setup.settings;
    this.rates = new Rates(() => this.settings);
    const memory = new TailMemory(LIMITS.tailBytes);
    this.directory = new Directory(
      memory,
      () => this.settings.maxRooms,
      () => setup.random(8),
    );
    this.reports = this.directory.newLog(REPORTS);
    this.gate = new Gate((fact, onKept) => this.note(fact, onKept), setup.tell);
    this.accounts = new Accounts({
      note: (fact, onKept) => this.note(fact, onKept),
      newLog: (name, epoch) => this.directory.newLog(name, epoch),
      max: () => this.settings.maxAccounts,
    });
    this.#committer = new Committer({
      store: setup.store,
      now: setup.now,
      soon: setup.soon,
      after: setup.after,
      onPublished: (log, entries) => this.#published(log, entries),
      onRefusing: (error) =>
        setup.tell(
          error === null ? { type: 'store-keeps-again' } : { type: 'store-refuses', text: error.message },
        ),
    });
  }

  /** Takes up what the store has kept. @throws ChatError `store-failed`. */
  static async open(setup: HubSetup): Promise<Hub> {
    const hub = new Hub(setup);
    await restore(hub);
    return hub;
  }

  get lobby(): Room {
    return this.directory.room(LOBBY);
  }

  now(): number {
    return this.setup.now();
  }

  /** Counts a request of a peer that is not in. @throws ChatError `rate-limited`, or `busy` when the hub is about to end. */
  knock(outlet: Outlet): void {
    if (this.#closing) throw stopping();
    this.rates.take(null, outlet.address, this.now());
  }

  /**
   * Lets a newcomer in, or back in, over `outlet`, as the account it has proved to be; it is welcomed once its join is durable.
   * @throws ChatError `bad-nick`, `nick-taken`, `name-owned`, `look-alike`, `accounts-only`, `rate-limited` or `busy`.
   */
  admit(outlet: Outlet, hello: Hello, identity: Identity | null = null): Session {
    this.knock(outlet);
    return admit(this, outlet, hello, identity);
  }

  /** Does what `by` asks and answers it. Operating errors are answered, not thrown. */
  execute(by: Actor, command: Command, answer: Answer): void {
    try {
      if (by.session !== null && !UNCOUNTED.has(command.type)) {
        const now = this.now();
        this.rates.take(by.session.bucket, by.session.outlet?.address ?? null, now);
        by.session.activeAt = now;
        if (SPEECH.has(command.type)) this.talkedAt = now;
      }
      if (this.#closing) throw stopping();
      assertMay(by.role, command.type);
      assertHeard(this, by, command.type);
      RUN[command.type](this, by, command as never, answer);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.meter.refused++;
      answer(errorReply(error));
    }
  }

  /** The same for a participant, who may mark a request with an `id`: seen again, it is answered and not done again. */
  request(session: Session, command: Command, id: string | null, answer: Answer): void {
    const once = id !== null && SPEECH.has(command.type);
    const answerTo = once ? answerOnce(session.answered, id, answer) : answer;
    if (answerTo !== null) {
      const role = this.accounts.roleOf(session.account);
      this.execute(participant(session, role, once ? id : null), command, answerTo);
    }
  }

  /** Has the store keep a session as it is now. */
  save(session: Session, onKept?: Kept): void {
    if (this.directory.has(session)) this.#committer.save(session, onKept);
  }

  /** Has the store keep a fact, in the same commit as what is said in this tick. */
  note(fact: FactChange, onKept?: Kept): void {
    this.#committer.note(fact, onKept);
  }

  /** Hands an entry to the one road into its log. @throws ChatError `busy`. */
  append(saying: Saying): void {
    this.#committer.add(draftOf(saying));
  }

  /** Runs `run` when all that was said until now is kept and shown, or refused: those who talk go before it. */
  afterTalk(run: () => void): void {
    this.#committer.afterwards(run);
  }

  /** A connection is gone. Who can come back is waited for; anyone else has left. */
  detach(session: Session, outlet: Outlet): void {
    if (session.outlet !== outlet) return;
    session.detach(this.now());
    if (outlet.resumable && this.settings.resumeGraceMs > 0 && this.directory.has(session)) {
      this.setup.tell({ type: 'away', nick: session.nick, session: session.id });
    } else {
      this.leave(session, 'connection closed', '');
    }
  }

  /** Ends a session: everybody in its rooms is told that it left, with `text`. `why` is for the log. */
  leave(session: Session, why: string, text = why): void {
    if (!this.directory.has(session)) return;
    for (const room of session.rooms) {
      // Who is still there on another device has not left.
      if (!this.directory.isOnOther(session, room))
        this.#tryAppend({ log: room.log, kind: 'leave', from: session.nick, text });
    }
    this.forget(session, why);
  }

  /** Takes a session out of everything, saying nothing to the rooms. */
  forget(session: Session, why: string): void {
    for (const room of session.rooms) room.members.delete(session);
    session.rooms.clear();
    const read = session.knownOf(session.inbox);
    session.unfollowAll();
    this.directory.remove(session);
    this.#committer.end(session);
    const account = this.accounts.withId(session.account);
    if (account !== undefined) {
      this.accounts.change(account, { read: Math.max(account.read, read), seenAt: this.now() });
    }
    // What others have just said to it is still on its way to its inbox: that must be there until then.
    this.#committer.afterwards(() => {
      if (session.inbox.readers.size === 0) session.inbox.forgetTail();
      if (session.account === '') this.#drop([session.inbox]);
    });
    this.setup.tell({ type: 'left', nick: session.nick, session: session.id, why });
  }

  /** Ends a session's connection with a goodbye. */
  dismiss(session: Session, bye: Bye): void {
    const { outlet } = session;
    session.outlet = null;
    outlet?.end(bye);
  }

  /** What time brings: sessions nobody came back to, buckets that are full again. Called about once a second. */
  sweep(): void {
    const now = this.now();
    for (const session of this.directory.sessions()) {
      if (session.outlet === null && now - session.awaySince >= this.settings.resumeGraceMs)
        this.leave(session, 'did not come back');
    }
    this.#drop(this.directory.letGo());
    this.rates.sweep(now);
    this.gate.sweep(now);
    this.drain.sweep(now);
    this.meter.sweep(now);
  }

  /** Says goodbye to everybody and waits until all that was said is kept. The store stays open. */
  async close(bye: Bye): Promise<void> {
    this.#closing = true;
    // Who cannot come back to its session has left; the others are waited for by the next hub.
    for (const session of this.directory.sessions()) {
      if (session.resumable) continue;
      this.dismiss(session, bye);
      this.leave(session, 'the hub stopped');
    }
    await this.#committer.settled();
    for (const session of this.directory.sessions()) this.dismiss(session, bye);
  }

  /** Lets go of all that is past `retention`, in bounded steps. */
  async prune(retention: Retention): Promise<void> {
    for (const inbox of lapseClaims(this)) this.dropInbox(inbox);
    let more = true;
    while (more) {
      const step = await this.setup.store.prune(retention, LIMITS.pruneStepEntries);
      for (const { name, first } of step.heads) this.logNamed(name)?.forgetBefore(first);
      more = step.more;
    }
  }

  /** The log of a room, or of an inbox of somebody who is here or has an account. */
  logNamed(name: string): Log | undefined {
    return this.accounts.inboxNamed(name) ?? this.directory.logNamed(name);
  }

  /** Forgets the inbox of an account that is no more, as soon as what was just said to it is kept. */
  dropInbox(inbox: Log): void {
    inbox.forgetTail();
    this.#committer.afterwards(() => this.#drop([inbox]));
  }

  /** Calls `watcher` with what is committed to the rooms (never an inbox). Returns how to stop. */
  watch(watcher: Watcher): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** What cannot be dropped now is swept up after the next start. */
  #drop(logs: readonly Log[]): void {
    const names = logs.filter(({ saved }) => saved).map(({ name }) => name);
    if (names.length > 0) void this.setup.store.drop(names).catch(() => {});
  }

  #published(log: Log, entries: readonly Entry[]): void {
    this.meter.committed(entries.length, entries.length * log.readers.size);
    // What waits for somebody who is not here waits in the store.
    if (log.readers.size === 0 && accountOfInbox(log.name) !== null) log.forgetTail();
    if (log.name.startsWith('#')) for (const watcher of this.watchers) watcher(entries);
  }

  #tryAppend(saying: Saying): void {
    try {
      this.append(saying);
    } catch (error) {
      // A leave that finds the road full is not worth stopping for: the session is gone either way.
      if (!(error instanceof ChatError)) throw error;
    }
  }
}

function stopping(): ChatError {
  return new ChatError('busy', 'the hub is stopping: come back in a moment', 1000);
}
