// A conversation with a chatroom hub: it keeps the name, the rooms, the people and what is not acknowledged yet over
// any number of connections, and tells whoever shows it what happens.

import { ChatError } from '../core/errors.ts';
import { LOBBY, variantOf } from '../core/names.ts';
import type { WireEntry, WireLine, WireReply, WireRequest } from '../dialects/wire.ts';
import { CatchUp } from './catch-up.ts';
import { Ending, type ExitStatus } from './ending.ts';
import type { OnEvent, Talk } from './events.ts';
import { isEntry, readHubLine } from './incoming.ts';
import type { Follower, Link } from './link.ts';
import type { Place } from './place.ts';
import { isFinal, refusalText, wantsOtherName } from './refusals.ts';
import { Requests } from './requests.ts';
import { Roster } from './roster.ts';
import type { Timing } from './timing.ts';
import { Typed } from './typed-lines.ts';

type Welcome = Extract<WireReply, { type: 'welcome' }>;
type Refusal = Extract<WireReply, { type: 'error' }>;

export interface HubTalkSetup {
  readonly link: Link;
  readonly place: Place;
  readonly timing: Timing;
  readonly onEvent: OnEvent;
}

/** Our ids begin with it, so that those of two runs differ. */
function runId(): string {
  return Math.random().toString(36).slice(2, 8);
}

export class HubTalk implements Talk, Follower {
  readonly #setup: HubTalkSetup;
  readonly #roster = new Roster();
  readonly #requests: Requests;
  readonly #catchUp: CatchUp;
  readonly #typed: Typed;
  readonly #entered = Promise.withResolvers<void>();
  readonly #acking: NodeJS.Timeout;
  #state: 'entering' | 'here' | 'away' | 'leaving' | 'ended' = 'entering';
  #bye: Extract<WireReply, { type: 'bye' }> | null = null;
  #rejoining = 0;
  /** The name to come back with, and how many variants of it were tried. */
  #wanted: { nick: string; tries: number } | null = null;

  constructor(setup: HubTalkSetup) {
    this.#setup = setup;
    const { link, place, timing, onEvent } = setup;
    const run = runId();
    const send = (request: WireRequest & { id?: string }): void =>
      void link.send(`${JSON.stringify(request)}\n`);
    this.#requests = new Requests(run, send);
    this.#catchUp = new CatchUp({
      ask: (request, answered) => this.#requests.ask(request, answered),
      show: (entry, when) => {
        if (when === 'live') place.take(entry);
        this.#show(entry, when === 'old');
      },
      note: (text) => onEvent({ type: 'note', text }),
      onLevel: () => this.#settle(),
    });
    this.#typed = new Typed({
      run,
      send,
      onEvent,
      place,
      isPresent: (name) => this.#roster.has(name),
      isAway: () => this.#state === 'away',
      isOverheard: () => link.isOverheard,
      onQuit: () => this.leave(),
    });
    this.#acking = setInterval(() => this.#ack(), timing.ackEveryMs);
    // A welcome that nobody waits for any more must not end the program.
    this.#entered.promise.catch(() => {});
  }

  get nick(): string {
    return this.#setup.place.nick;
  }

  get room(): string {
    return this.#typed.room;
  }

  get away(): boolean {
    return this.#state === 'away';
  }

  get waiting(): number {
    return this.#typed.waiting;
  }

  people(): string[] {
    return this.#roster.names();
  }

  rooms(): string[] {
    return [...new Set([LOBBY, ...this.#setup.place.rooms(), ...this.#roster.rooms()])];
  }

  entered(): Promise<void> {
    return this.#entered.promise;
  }

  submit(line: string): void {
    this.#typed.submit(line);
    this.#setup.onEvent({ type: 'changed' });
  }

  idle(): Promise<void> {
    return this.#typed.idle();
  }

  leave(): void {
    if (this.#state === 'leaving' || this.#state === 'ended') return;
    const reachable = this.#state === 'here';
    this.#state = 'leaving';
    if (!reachable) {
      this.#end(0, '');
      return;
    }
    this.#requests.ask({ type: 'quit', text: this.#typed.farewell }, () => {});
    setTimeout(() => this.#end(0, ''), this.#setup.timing.goodbyeMs);
  }

  back(): void {
    this.#bye = null;
  }

  lost(why: string): void {
    if (this.#state === 'ended') return;
    const bye = this.#bye;
    if (this.#state === 'entering') {
      this.#end(
        bye === null ? 3 : 1,
        bye?.text ?? `the hub ended the connection before it let us in (${why}): try again`,
      );
      return;
    }
    if (this.#state === 'leaving') {
      this.#end(0, '');
      return;
    }
    if (this.#state === 'here') {
      this.#setup.onEvent({ type: 'note', text: `connection lost (${bye?.text ?? why}); trying again …` });
    }
    this.#state = 'away';
    this.#requests.drop();
    this.#typed.interrupt();
    this.#rejoining = 0;
    for (const { log, seq } of this.#catchUp.interrupt()) this.#setup.place.rewind(log, seq);
    this.#setup.onEvent({ type: 'changed' });
  }

  failed({ status, message }: Ending): void {
    this.#end(status, message);
  }

  received(text: string): void {
    const line = readHubLine(text);
    if (line === null || this.#state === 'ended') return;
    if (isEntry(line)) this.#entry(line);
    else this.#reply(line);
  }

  #reply(line: Exclude<WireLine, WireEntry>): void {
    if (line.type === 'welcome') this.#welcome(line);
    else if (line.type === 'bye') this.#goodbye(line);
    else if (line.type === 'ping') this.#setup.link.send('{"type":"pong"}\n');
    else if (line.type === 'challenge') this.#setup.link.prove(line);
    else if (line.type === 'next-key') this.#setup.link.keepNextKey(line);
    else if (line.type === 'error' && (this.#state === 'entering' || this.#state === 'away'))
      this.#refused(line);
    else if (!this.#requests.answered(line)) this.#typed.answered(line);
  }

  #welcome(welcome: Welcome): void {
    const { place, onEvent } = this.#setup;
    const tell = (text: string): void => onEvent({ type: 'note', text });
    const first = this.#state === 'entering';
    if (this.#state === 'leaving') return;
    const { how, lossy, gaps, rejoin } = place.arrive(welcome);
    this.#state = 'here';
    this.#wanted = null;
    if (first) {
      this.#entered.resolve();
      tell(`connected to ${welcome.hub} as ${place.nick}; /help lists the commands`);
    } else {
      tell(lossy ? 'back; some messages were missed' : 'back');
      if (how === 'anew') tell('private messages of that time may be lost');
    }
    this.#requests.people((users) => {
      this.#roster.replace(users);
      onEvent({ type: 'changed' });
    });
    for (const gap of gaps) this.#catchUp.start(gap, null);
    this.#rejoining = rejoin.length;
    for (const room of rejoin) this.#rejoin(room);
    this.#settle();
    onEvent({ type: 'changed' });
  }

  #rejoin(room: string): void {
    this.#requests.ask({ type: 'join', room }, (reply) => {
      this.#rejoining--;
      if (reply?.type !== 'ok') {
        const why = reply?.type === 'error' ? `: ${reply.text}` : '';
        this.#setup.onEvent({ type: 'trouble', text: `could not get back into ${room}${why}` });
        this.#typed.outOf(room);
      }
      this.#settle();
    });
  }

  /** What was typed goes on when every log is level: only then is it known which of it had been done already. */
  #settle(): void {
    if (this.#state === 'here' && this.#rejoining === 0 && !this.#catchUp.busy) this.#typed.resume();
  }

  /** The hello was refused. */
  #refused({ code, text, retry_after_ms: wait }: Refusal): void {
    if (this.#state === 'entering') {
      this.#entered.reject(new ChatError(code, refusalText(code, text), wait));
      this.#state = 'ended';
      this.#close();
      return;
    }
    const { link, place, onEvent } = this.#setup;
    const wanted = (this.#wanted ??= { nick: place.nick, tries: 0 });
    if (isFinal(code)) {
      this.#end(1, text);
    } else if (wantsOtherName(code) && wanted.tries < 2) {
      wanted.tries++;
      place.nick = variantOf(wanted.nick, 1 + wanted.tries);
      onEvent({ type: 'note', text: `${text}; trying as ${place.nick}` });
      link.hello();
    } else {
      place.nick = wanted.nick;
      this.#wanted = null;
      link.restart(text, wait);
    }
  }

  #goodbye(bye: Extract<WireReply, { type: 'bye' }>): void {
    this.#bye = bye;
    if (this.#state === 'leaving' || (bye.code === 'quit' && !bye.reconnect)) this.#end(0, '');
    else if (!bye.reconnect) this.#end(1, bye.text === '' ? `the hub ended it (${bye.code})` : bye.text);
    else this.#setup.link.restart(bye.text);
  }

  #entry(entry: WireEntry): void {
    if (this.#catchUp.hold(entry)) return;
    const taken = this.#setup.place.take(entry);
    if (taken === 'seen') return;
    if (taken === 'next') this.#show(entry, false);
    else this.#catchUp.start(taken, entry);
  }

  #show(entry: WireEntry, old: boolean): void {
    if (old) this.#typed.wasDone(entry);
    if (this.#roster.note(entry)) this.#setup.onEvent({ type: 'entry', entry, old });
  }

  #ack(): void {
    if (this.#state !== 'here') return;
    for (const ack of this.#setup.place.acks()) this.#requests.ask(ack, () => {});
  }

  #end(status: ExitStatus, text: string): void {
    if (this.#state === 'ended') return;
    const entering = this.#state === 'entering';
    this.#state = 'ended';
    this.#close();
    if (entering) this.#entered.reject(new Ending(status, text));
    else this.#setup.onEvent({ type: 'ended', status, text: text === '' ? this.#unsaid() : text });
  }

  /** What leaving has left behind. */
  #unsaid(): string {
    const { waiting } = this.#typed;
    return waiting === 0 ? '' : `${waiting} of your lines ${waiting === 1 ? 'was' : 'were'} not sent`;
  }

  #close(): void {
    clearInterval(this.#acking);
    this.#requests.drop();
    this.#typed.interrupt();
    this.#setup.link.close();
  }
}
