// What is done for each command: one row each, from the rooms of the house that know how.

import type { Actor, Answer } from './actor.ts';
import { ack, help, history, ping, rooms, search, topic, who } from './answers.ts';
import { ban, bans, unban } from './banning.ts';
import type { Command, CommandType } from './command.ts';
import type { Hub } from './hub.ts';
import { join, part, quit } from './moves.ts';
import { passwd } from './passwords.ts';
import { kick } from './removals.ts';
import { nick } from './renames.ts';
import { notice, report, say, tell } from './talk.ts';

/** @throws ChatError what the one who asked is to be told. */
type Run<T extends CommandType> = (
  hub: Hub,
  by: Actor,
  command: Extract<Command, { type: T }>,
  answer: Answer,
) => void;

export const RUN: { readonly [T in CommandType]: Run<T> } = {
  say,
  tell,
  join,
  part,
  nick,
  who,
  rooms,
  history,
  search,
  topic,
  ack,
  report,
  ping,
  help,
  quit,
  passwd,
  ban,
  unban,
  bans,
  kick,
  notice,
};
