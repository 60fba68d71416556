// What a participant asks of the hub, whatever language it spoke.

export type Command =
  | { readonly type: 'say'; readonly room: string; readonly text: string; readonly action: boolean }
  | { readonly type: 'tell'; readonly to: string; readonly text: string }
  | { readonly type: 'join'; readonly room: string }
  | { readonly type: 'part'; readonly room: string }
  | { readonly type: 'nick'; readonly nick: string }
  | { readonly type: 'who'; readonly room: string | null }
  | { readonly type: 'rooms' }
  | {
      readonly type: 'history';
      /** A room, or `@me` for one's own inbox. */
      readonly log: string;
      readonly before: number | null;
      readonly after: number | null;
      readonly limit: number;
    }
  | {
      readonly type: 'search';
      /** A room, or `@me` for one's own inbox. */
      readonly log: string;
      readonly text: string;
      readonly before: number | null;
      readonly limit: number;
    }
  | { readonly type: 'topic'; readonly room: string; readonly text: string | null }
  | { readonly type: 'ack'; readonly log: string; readonly seq: number }
  | { readonly type: 'report'; readonly log: string; readonly seq: number; readonly text: string }
  | { readonly type: 'ping' }
  | { readonly type: 'help' }
  | { readonly type: 'quit'; readonly text: string }
  | { readonly type: 'passwd'; readonly old: string | null; readonly password: string }
  | {
      readonly type: 'ban';
      /** To be here and not speak, rather than not to be here. */
      readonly mute: boolean;
      readonly target: string;
      /** null: until it is taken back. */
      readonly forMs: number | null;
      readonly reason: string;
      readonly note: string;
      /** Only says whom it would hit. */
      readonly dryRun: boolean;
      /** Also when it hits everybody. */
      readonly force: boolean;
    }
  | { readonly type: 'unban'; readonly mute: boolean; readonly target: string }
  | { readonly type: 'bans' }
  | { readonly type: 'kick'; readonly target: string; readonly reason: string }
  | { readonly type: 'notice'; readonly to: NoticeTarget; readonly text: string };

export type NoticeTarget =
  | { readonly scope: 'all' }
  | { readonly scope: 'room'; readonly room: string }
  | { readonly scope: 'user'; readonly name: string };

export type CommandType = Command['type'];

/** How a newcomer introduces itself. */
export interface Hello {
  readonly nick: string;
  /** The name of the peer's software; '' for one that did not say. */
  readonly client: string;
  /**
   * What to do when the name is taken or cannot be: refuse, or give the next free one; `ask`: as `vary`, but ask for the password
   * first when it has one.
   */
  readonly onTaken: 'refuse' | 'vary' | 'ask';
  readonly resume: Resume | null;
  readonly auth: Auth | null;
}

/** How a newcomer proves who it is. `invite`: the token of an invite; '' for none. */
export type Auth =
  | { readonly kind: 'key'; readonly key: string; readonly invite: string }
  | { readonly kind: 'password'; readonly password: string; readonly invite: string };

/** Where a session was: its token, and for each log the last entry the peer has. */
export interface Resume {
  readonly token: string;
  readonly after: ReadonlyMap<string, number>;
}
