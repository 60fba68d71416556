// A hub without sockets: time, chance and the store's speed are variables here, so that a test says when things happen
// and never waits for them. The store is the real one in memory, behind a gate.

import type { Answer } from '../../src/core/actor.ts';
import type { Command, Hello } from '../../src/core/command.ts';
import type { Batch, Entry } from '../../src/core/entry.ts';
import type { ChatError } from '../../src/core/errors.ts';
import type { HubEvent } from '../../src/core/event.ts';
import { Hub } from '../../src/core/hub.ts';
import type { Bye, Reply } from '../../src/core/reply.ts';
import type { Channel, Outlet } from '../../src/core/outlet.ts';
import type { Session } from '../../src/core/session.ts';
import type { HubSettings } from '../../src/core/settings.ts';
import type { Commit, PagePlace } from '../../src/core/store.ts';
import type { Proofs } from '../../src/core/proofs.ts';
import { cryptoProofs } from '../../src/daemon/crypto-proofs.ts';
import { MemoryStore } from '../../src/store/memory.ts';

export const SETTINGS: HubSettings = {
  maxRooms: 100,
  sessionRate: { perSecond: Infinity, burst: Infinity },
  addressRate: { perSecond: Infinity, burst: Infinity },
  resumeGraceMs: 120_000,
  plainBacklog: 0,
  access: 'claimed',
  maxAccounts: 100,
  claimsPerAddress: Infinity,
  claimMs: 90 * 86_400_000,
};

/** A promise that a test opens when it likes. */
class Gate {
  #closed: Promise<void> | null = null;
  #open: () => void = () => {};

  shut(): void {
    this.#closed ??= new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
    this.#closed = null;
  }

  async pass(): Promise<void> {
    await this.#closed;
  }
}

/** The store in memory, which can be made to wait or to refuse, and remembers in which order it was asked. */
export class GatedStore extends MemoryStore {
  readonly appending = new Gate();
  readonly paging = new Gate();
  readonly commits: Commit[] = [];
  readonly dropped: string[] = [];
  /** Set, it is what the next appends are refused with. */
  refusal: ChatError | null = null;
  /** The commits being kept right now: a caller waits for one before the next. */
  atOnce = 0;
  mostAtOnce = 0;

  override async append(commit: Commit): ReturnType<MemoryStore['append']> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    try {
      await this.appending.pass();
      if (this.refusal !== null) throw this.refusal;
      const repeats = await super.append(commit);
      this.commits.push(commit);
      return repeats;
    } finally {
      this.atOnce--;
    }
  }

  override async page(log: string, place: PagePlace, limit: number): ReturnType<MemoryStore['page']> {
    await this.paging.pass();
    if (this.refusal !== null) throw this.refusal;
    return super.page(log, place, limit);
  }

  override async drop(logs: readonly string[]): Promise<void> {
    this.dropped.push(...logs);
    return super.drop(logs);
  }
}

/** A connection that keeps what it is handed. It takes as many batches as it has `room` for. */
export class TestOutlet implements Outlet {
  readonly dialect: string;
  readonly address: string;
  readonly resumable: boolean;
  channel: Channel = { kind: 'open', binding: null };
  room = Infinity;
  readonly batches: Batch[] = [];
  readonly replies: Reply[] = [];
  bye: Bye | null = null;

  constructor(dialect: 'json' | 'plain' = 'json', address = '192.0.2.1') {
    this.dialect = dialect;
    this.resumable = dialect === 'json';
    this.address = address;
  }

  get entries(): Entry[] {
    return this.batches.flatMap(({ entries }) => entries);
  }

  deliver(batch: Batch): boolean {
    this.batches.push(batch);
    return --this.room > 0;
  }

  reply(reply: Reply): void {
    this.replies.push(reply);
  }

  end(bye: Bye): void {
    this.bye = bye;
  }

  /** The replies of one type. */
  told<T extends Reply['type']>(type: T): Extract<Reply, { type: T }>[] {
    return this.replies.filter((reply): reply is Extract<Reply, { type: T }> => reply.type === type);
  }

  /** What it was shown of one log, as `kind from>to text`. */
  shown(log: string): string[] {
    const ofLog = this.entries.filter((entry) =>
      log === '@me' ? entry.log.startsWith('@') : entry.log === log,
    );
    return ofLog.map(({ kind, from, to, text }) => `${kind} ${from}${to && `>${to}`} ${text}`.trim());
  }
}

/** One participant and its connection. */
export class Peer {
  readonly world: World;
  session: Session;
  outlet: TestOutlet;

  constructor(world: World, session: Session, outlet: TestOutlet) {
    this.world = world;
    this.session = session;
    this.outlet = outlet;
  }

  /** Asks, and returns the answers as they come. */
  ask(command: Command, id: string | null = null): Reply[] {
    const answers: Reply[] = [];
    const answer: Answer = (reply) => void answers.push(reply);
    this.world.hub.request(this.session, command, id, answer);
    return answers;
  }

  say(text: string, room = '#lobby', id: string | null = null): Reply[] {
    return this.ask({ type: 'say', room, text, action: false }, id);
  }

  tell(to: string, text: string, id: string | null = null): Reply[] {
    return this.ask({ type: 'tell', to, text }, id);
  }

  /** Its connection is lost. */
  drop(): void {
    this.world.hub.detach(this.session, this.outlet);
  }

  /** Comes back over a new connection. */
  resume(after: Record<string, number> = {}, outlet = new TestOutlet()): TestOutlet {
    const resume = { token: this.session.token, after: new Map(Object.entries(after)) };
    this.session = this.world.admit(outlet, { nick: this.session.nick, resume });
    this.outlet = outlet;
    return outlet;
  }
}

export class World {
  clock = 1_700_000_000_000;
  readonly store = new GatedStore();
  readonly events: HubEvent[] = [];
  proofs: Proofs = cryptoProofs();
  #soon: (() => void)[] = [];
  #chance = 0;
  #hub: Hub | null = null;

  static async open(
    settings: Partial<HubSettings> = {},
    prepare?: (store: GatedStore) => Promise<void>,
  ): Promise<World> {
    const world = new World();
    await prepare?.(world.store);
    await world.restart(settings);
    return world;
  }

  /** A new hub on the same store, as after a restart. */
  async restart(settings: Partial<HubSettings> = {}): Promise<void> {
    this.#soon = [];
    this.#hub = await Hub.open({
      store: this.store,
      settings: { ...SETTINGS, ...settings },
      now: () => this.clock,
      random: (bytes) => `r${++this.#chance}x`.padEnd(bytes, '0'),
      soon: (run) => void this.#soon.push(run),
      after: (_ms, run) => void this.#soon.push(run),
      proofs: this.proofs,
      tell: (event) => void this.events.push(event),
    });
  }

  get hub(): Hub {
    if (this.#hub === null) throw new Error('no hub yet');
    return this.#hub;
  }

  admit(outlet: TestOutlet, hello: Partial<Hello>): Session {
    return this.hub.admit(outlet, {
      nick: 'LO',
      client: 'test',
      onTaken: 'refuse',
      resume: null,
      auth: null,
      ...hello,
    });
  }

  /** Lets somebody in without waiting for the join to be kept. */
  knock(nick: string, hello: Partial<Hello> = {}, outlet = new TestOutlet()): Peer {
    return new Peer(this, this.admit(outlet, { nick, ...hello }), outlet);
  }

  async enter(nick: string, hello: Partial<Hello> = {}, outlet = new TestOutlet()): Promise<Peer> {
    const peer = this.knock(nick, hello, outlet);
    await this.tick();
    return peer;
  }

  /** As the plain dialect lets people in. */
  enterPlain(nick: string): Promise<Peer> {
    return this.enter(nick, { client: '', onTaken: 'vary' }, new TestOutlet('plain'));
  }

  /** Lets everything happen that can happen now: ticks end, the store works unless its gate is shut. */
  async tick(): Promise<void> {
    do {
      for (const run of this.#soon.splice(0)) run();
      await new Promise((resolve) => void setImmediate(resolve));
    } while (this.#soon.length > 0);
  }
}

/** A world with LO and ER in it. */
export async function two(settings = {}): Promise<{ world: World; lo: Peer; er: Peer }> {
  const world = await World.open(settings);
  return { world, lo: await world.enter('LO'), er: await world.enter('ER') };
}
