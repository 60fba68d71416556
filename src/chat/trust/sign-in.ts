// How a person shows a hub that a name is theirs: by a key, whose signature is good on this one connection only, or by
// a password. Neither goes over plain text.

import type { WireAuth, WireRequest } from '../../dialects/wire.ts';
import type { Channel } from './channel.ts';
import type { Identity } from './identity.ts';

export type Credentials =
  | { readonly kind: 'key'; readonly identity: Identity }
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'none' };

export class SignIn {
  readonly #credentials: Credentials;
  readonly #invite: string | null;

  constructor(credentials: Credentials, invite: string | null) {
    this.#credentials = credentials;
    this.#invite = invite;
  }

  /** What `hello` carries over this channel. `newcomer`: an invitation is good for one entrance, not for coming back. */
  auth(channel: Channel, newcomer: boolean): { auth?: WireAuth } {
    const invite = newcomer && this.#invite !== null ? { invite: this.#invite } : {};
    const credentials = this.#credentials;
    if (channel.kind === 'open') return {};
    if (credentials.kind === 'password') return { auth: { password: credentials.password, ...invite } };
    // Without a binding a signature could be passed on, and no hub takes it.
    if (credentials.kind === 'none' || channel.binding === null) return {};
    return { auth: { key: credentials.identity.key, ...invite } };
  }

  /** The answer to a hub's challenge over this channel; null for one that was not asked for. */
  answer(nonce: string, channel: Channel): WireRequest | null {
    const credentials = this.#credentials;
    if (credentials.kind !== 'key' || channel.kind === 'open' || channel.binding === null) return null;
    // The binding comes last, so that no nonce can make the signature good for another connection.
    const signature = credentials.identity.sign(`chatroom auth\n${nonce}\n${channel.binding}`);
    return { type: 'auth', signature };
  }
}
