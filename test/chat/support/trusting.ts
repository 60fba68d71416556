// A person on a machine of their own, with what chat keeps there, and whether a hub lets them in.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Trusting } from '../../../src/chat/enter.ts';
import { temporaryDirectory } from '../../support/daemon.ts';
import { FAST, Guest } from './guest.ts';
import { type ScriptedHub, type Visit } from './scripted-hub.ts';

/** A person on a machine of their own. */
export class Person {
  readonly dir: string;
  readonly file: string;
  readonly #t: Test;
  readonly #nick: string;

  constructor(t: Test, nick = 'LO') {
    this.#t = t;
    this.#nick = nick;
    this.dir = join(temporaryDirectory(t), 'chatroom');
    this.file = join(this.dir, 'known_hubs');
  }

  /** What is known, with `PORT` for the port. */
  known(port: number): string {
    return existsSync(this.file) ? readFileSync(this.file, 'utf8').replaceAll(String(port), 'PORT') : '';
  }

  trusting(more: Partial<Trusting> = {}): Trusting {
    return { knownHubs: this.file, credentials: { kind: 'none' }, pin: null, invite: null, ...more };
  }

  enter(port: number, more: Partial<Trusting> = {}, guest = new Guest(), timing = FAST): Promise<Guest> {
    return Guest.enter(this.#t, port, this.#nick, { trusting: this.trusting(more), guest, timing });
  }
}

/** Refused by chat itself, to a hub that nobody else talks with: nothing but a handshake reached it. */
export async function isRefused(
  t: Test,
  entering: Promise<unknown>,
  hub: ScriptedHub,
  words: RegExp,
): Promise<void> {
  await t.rejects(entering, { name: 'Ending', status: 4, message: words });
  t.equal(await hub.saidInAll(), '', 'nothing was sent');
}

export async function isLetIn(entering: Promise<Guest>, hub: ScriptedHub): Promise<[Guest, Visit]> {
  const visit = await hub.visit();
  await visit.welcome();
  return [await entering, visit];
}
