// The door, for one connection: how a newcomer says who it is, proves it, and comes in. It may take several words to and fro.

import type { Hello } from './command.ts';
import { ChatError } from './errors.ts';
import type { Hub } from './hub.ts';
import { LIMITS } from './limits.ts';
import type { Outlet } from './outlet.ts';
import { assertPrivate } from './passwords.ts';
import { errorReply, type Reply } from './reply.ts';
import type { Session } from './session.ts';
import { byKey, byPassword, type SignedIn } from './sign-in.ts';

/** What the connection does about it. */
export interface Door {
  readonly hub: Hub;
  readonly outlet: Outlet;
  answer(reply: Reply, id: string | null): void;
  admitted(session: Session): void;
  refused(error: ChatError, id: string | null): void;
  /** A check is over: what the peer asked meanwhile can be answered. */
  decided(): void;
}

type Key = Extract<Hello['auth'], { kind: 'key' }>;
type Password = Extract<Hello['auth'], { kind: 'password' }>;

type Stage =
  | { readonly kind: 'closed' }
  | {
      readonly kind: 'challenged';
      readonly hello: Hello;
      readonly auth: Key;
      readonly text: string;
      readonly until: number;
      readonly id: string | null;
    }
  | { readonly kind: 'asked'; readonly hello: Hello; readonly tries: number }
  | { readonly kind: 'checking' };

const CLOSED: Stage = { kind: 'closed' };

export class Doorway {
  readonly #door: Door;
  #stage: Stage = CLOSED;
  #isIn = false;
  #isOver = false;

  constructor(door: Door) {
    this.#door = door;
  }

  /** Whether a key or a password is being checked: nothing else is listened to until that is over. */
  get isChecking(): boolean {
    return this.#stage.kind === 'checking';
  }

  /** Whether the next line is a password. */
  get isAsking(): boolean {
    return this.#stage.kind === 'asked';
  }

  /** The peer is gone. */
  leave(): void {
    this.#isOver = true;
  }

  hello(hello: Hello, id: string | null): void {
    if (this.#isIn) {
      const text = 'you are in already: use nick to change your name';
      this.#door.answer(errorReply(new ChatError('already-welcome', text)), id);
      return;
    }
    this.#stage = CLOSED;
    this.#try(id, () => {
      const { hub, outlet } = this.#door;
      const isBack = hello.resume !== null && hub.directory.withToken(hello.resume.token) !== undefined;
      if (isBack || hello.auth === null) {
        if (!isBack && this.#asks(hello)) this.#ask(hello, LIMITS.passwordTries);
        else this.#admit(hello, { identity: null });
        return;
      }
      hub.knock(outlet);
      if (hello.auth.kind === 'key') this.#challenge(hello, hello.auth, id);
      else this.#checkPassword(hello, hello.auth, id);
    });
  }

  /** What the newcomer has signed. */
  auth(signature: string, id: string | null): void {
    const stage = this.#stage;
    this.#stage = CLOSED;
    this.#try(id, () => {
      const { hub, outlet } = this.#door;
      if (stage.kind !== 'challenged')
        throw new ChatError('auth-failed', 'there is no challenge to answer: say hello with a key first');
      const { hello, auth, text, until } = stage;
      const good = hub.now() < until && hub.setup.proofs.signed(auth.key, text, signature);
      if (!good) {
        this.#failed(hello, 'key');
        throw new ChatError(
          'auth-failed',
          'that is not the signature asked for, or too late: say hello again',
        );
      }
      this.#check(hello, byKey(hub, outlet, hello, auth), 'key', id ?? stage.id);
    });
  }

  /** What a person typed who was asked for the password; nothing for going on under another name. */
  password(password: string): void {
    const stage = this.#stage;
    if (stage.kind !== 'asked') return;
    const { hello, tries } = stage;
    this.#stage = CLOSED;
    this.#try(null, () => {
      if (password === '') {
        this.#admit(hello, { identity: null });
        return;
      }
      this.#door.hub.knock(this.#door.outlet);
      this.#checkPassword(hello, { kind: 'password', password, invite: '' }, null, tries - 1);
    });
  }

  #challenge(hello: Hello, auth: Key, id: string | null): void {
    const { hub, outlet } = this.#door;
    const { binding } = outlet.channel;
    if (binding === null) {
      const text = 'a key proves nothing here: connect with TLS 1.3 straight to the hub, or leave auth out';
      throw new ChatError('not-secure', text);
    }
    const nonce = hub.setup.random(24);
    const text = `chatroom auth\n${nonce}\n${binding}`;
    this.#stage = { kind: 'challenged', hello, auth, text, until: hub.now() + LIMITS.challengeWaitMs, id };
    this.#door.answer({ type: 'challenge', nonce }, id);
  }

  #checkPassword(hello: Hello, auth: Password, id: string | null, triesLeft: number | null = null): void {
    const { hub, outlet } = this.#door;
    assertPrivate(outlet);
    this.#check(hello, byPassword(hub, outlet, hello, auth), 'password', id, triesLeft);
  }

  /** Waits for what was begun; the peer may be gone by then. */
  #check(
    hello: Hello,
    signingIn: Promise<SignedIn>,
    by: 'key' | 'password',
    id: string | null,
    triesLeft: number | null = null,
  ): void {
    this.#stage = { kind: 'checking' };
    const over = (run: () => void): void => {
      this.#stage = CLOSED;
      if (this.#isOver) return;
      this.#try(id, run);
      this.#door.decided();
    };
    signingIn.then(
      (signedIn) => over(() => this.#admit(hello, signedIn)),
      (error: unknown) => {
        if (!(error instanceof ChatError)) throw error;
        over(() => {
          if (error.code === 'auth-failed') this.#failed(hello, by);
          if (error.code !== 'auth-failed' || triesLeft === null || triesLeft === 0) throw error;
          this.#door.answer(errorReply(error), null);
          this.#ask(hello, triesLeft);
        });
      },
    );
  }

  #admit(hello: Hello, { identity, note }: SignedIn): void {
    const { hub, outlet } = this.#door;
    this.#door.admitted(hub.admit(outlet, hello, identity));
    this.#isIn = true;
    if (note !== undefined) this.#door.answer({ type: 'info', text: note }, null);
  }

  /** Whether a person is asked for the password of the name they gave: where nobody else can read it. */
  #asks({ nick, onTaken }: Hello): boolean {
    const { hub, outlet } = this.#door;
    if (onTaken !== 'ask' || outlet.channel.kind === 'open') return false;
    const owner = hub.accounts.named(nick);
    if (owner === undefined) return hub.settings.access === 'closed' && hub.setup.proofs.ask !== null;
    return owner.password !== null || owner.origin === 'external';
  }

  #ask(hello: Hello, tries: number): void {
    this.#stage = { kind: 'asked', hello, tries };
    const other = this.#door.hub.settings.access === 'closed' ? '' : ', or nothing to have another name';
    const text = `${hello.nick} belongs to somebody: type its password${other}`;
    this.#door.answer({ type: 'password-wanted', text }, null);
  }

  #failed({ nick }: Hello, by: 'key' | 'password'): void {
    const { hub, outlet } = this.#door;
    const shown = nick.slice(0, LIMITS.nickChars);
    const { address } = outlet;
    hub.gate.refusals.note({ type: 'sign-in-failed', nick: shown, address, by }, hub.now());
  }

  #try(id: string | null, run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      const { hub, outlet } = this.#door;
      const { code } = error;
      // One that failed to prove who it is has had its line.
      if (code !== 'auth-failed')
        hub.gate.refusals.note({ type: 'refused', code, address: outlet.address }, hub.now());
      this.#door.refused(error, id);
    }
  }
}
