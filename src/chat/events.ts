// What a conversation has to tell whoever shows it, and what can be done with it: the same for a terminal and a pipe,
// for a hub and for the original server.

import type { WireEntry, WireReply } from '../dialects/wire.ts';
import type { ExitStatus } from './ending.ts';

/** The answers that are for people to read. */
export type ShownReply = Extract<
  WireReply,
  { type: 'who' | 'rooms' | 'bans' | 'history' | 'search' | 'topic-is' | 'help' | 'info' }
>;

export type ChatEvent =
  /** `old`: it was said while we were away. */
  | { readonly type: 'entry'; readonly entry: WireEntry; readonly old: boolean }
  | { readonly type: 'answer'; readonly reply: ShownReply }
  /** The original server's words, which have no fields. */
  | { readonly type: 'heard'; readonly text: string }
  /** Something chat itself has to say. */
  | { readonly type: 'note'; readonly text: string }
  /** Something was refused or went wrong. */
  | { readonly type: 'trouble'; readonly text: string }
  /** A line was typed while the hub is away; it will be sent after the return. */
  | { readonly type: 'waiting'; readonly line: string }
  /** The name, the room or the connection is not what it was. */
  | { readonly type: 'changed' }
  | { readonly type: 'ended'; readonly status: ExitStatus; readonly text: string };

export type OnEvent = (event: ChatEvent) => void;

/** A conversation with a server. */
export interface Talk {
  readonly nick: string;
  /** Where the next line will be said. */
  readonly room: string;
  readonly away: boolean;
  /** How many lines the server has not acknowledged. */
  readonly waiting: number;
  /** Who is here, as far as known. */
  people(): string[];
  /** The rooms there are, as far as known. */
  rooms(): string[];
  /** Resolves when the server has let us in. @throws ChatError why it did not, Ending when it cannot be reached. */
  entered(): Promise<void>;
  /** Says or does what was typed. @throws ChatError when it can be refused at once. */
  submit(line: string): void;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
  /** Says goodbye; `ended` follows. */
  leave(): void;
}
