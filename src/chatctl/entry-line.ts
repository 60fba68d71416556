// An entry as one line for the operator, who sees every room and so is told which.

import type { Entry } from '../core/entry.ts';

/** Who did what, without time and place. A text of several lines becomes one when it is shown. */
export function entryLine({ kind, from, to, text }: Entry): string {
  const because = text === '' ? '' : ` (${text})`;
  switch (kind) {
    case 'message':
      return `${from}: ${text}`;
    case 'action':
      return `* ${from} ${text}`;
    case 'private':
      return `${from} to ${to}: ${text}`;
    case 'notice':
      return `[notice] ${from}: ${text}`;
    case 'join':
      return `+ ${from} joined`;
    case 'leave':
      return `- ${from} left${because}`;
    case 'kick':
      return `- ${to} was kicked by ${from}${because}`;
    case 'rename':
      return `~ ${from} is now ${to}`;
    case 'topic':
      return text === '' ? `~ ${from} removed the topic` : `~ ${from} set the topic: ${text}`;
  }
}
