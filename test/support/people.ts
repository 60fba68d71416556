// People with a key of their own, and their way to a hub over TLS.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';
import type { Teardown } from './daemon.ts';
import { JsonPeer, type Line } from './peers.ts';

export class Person {
  /** The public key, as hello carries it. */
  readonly key: string;
  readonly #secret: KeyObject;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    this.key = String(publicKey.export({ format: 'jwk' }).x);
    this.#secret = privateKey;
  }

  /** The answer to a challenge on the connection of `binding`. */
  sign(nonce: string, binding: string): string {
    return sign(null, Buffer.from(`chatroom auth\n${nonce}\n${binding}`), this.#secret).toString('base64url');
  }
}

/** A connection over TLS, whoever the hub is. */
export function dialTls(t: Teardown, port: number, host = '127.0.0.1'): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, rejectUnauthorized: false }, () => resolve(socket));
    socket.setNoDelay(true);
    socket.once('error', reject);
    t.teardown(() => socket.destroy());
  });
}

/** Speaks the native dialect over TLS, as somebody with a key. */
export class KeyPeer extends JsonPeer {
  readonly binding: string;

  constructor(socket: TLSSocket) {
    super(socket);
    this.binding = socket
      .exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
      .toString('base64url');
  }

  static async dial(t: Teardown, port: number): Promise<KeyPeer> {
    return new KeyPeer(await dialTls(t, port));
  }

  /** Says hello with the key of `person`, and resolves with the challenge, or the refusal. */
  claim(nick: string, person: Person, invite?: string): Promise<Line> {
    return this.ask({ type: 'hello', nick, client: 'test', auth: { key: person.key, invite } });
  }

  /** Signs in as `person`, and resolves with the welcome, or the refusal. */
  async signIn(nick: string, person: Person, invite?: string): Promise<Line> {
    const challenge = await this.claim(nick, person, invite);
    if (challenge.type !== 'challenge') return challenge;
    this.send({ type: 'auth', signature: person.sign(String(challenge['nonce']), this.binding) });
    return this.line(({ type }) => type === 'welcome' || type === 'error');
  }

  static override async enter(
    t: Teardown,
    port: number,
    nick: string,
    person: Person = new Person(),
  ): Promise<KeyPeer> {
    const peer = await KeyPeer.dial(t, port);
    await peer.signIn(nick, person);
    peer.nick = nick;
    return peer;
  }
}
