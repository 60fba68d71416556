// Which language a peer speaks, told by its first bytes (chatroom-protocol(7)).

import type { Buffer } from 'node:buffer';

export type Language = 'json' | 'plain' | 'http' | 'irc' | 'tls' | 'proxy';

// In order of priority. A language is known by any of its openings.
const OPENINGS: readonly (readonly [Language, readonly Buffer[]])[] = [
  ['proxy', [bytes('PROXY '), bytes('\r\n\r\n\0\r\nQUIT\n')]],
  ['tls', [bytes('\x16')]],
  ['json', [bytes('{')]],
  ['http', ['GET ', 'HEAD ', 'POST ', 'PUT ', 'DELETE ', 'OPTIONS '].map(bytes)],
  ['irc', ['CAP ', 'NICK ', 'USER ', 'PASS '].map(bytes)],
];

/**
 * The language that `head`, the first bytes of a connection, opens; null when more bytes could still tell.
 * `proxied`: whether a PROXY header is believed from this peer; from others it is plain text like any.
 */
export function sniff(head: Buffer, proxied: boolean): Language | null {
  let undecided = head.length === 0;
  for (const [language, openings] of OPENINGS) {
    if (language === 'proxy' && !proxied) continue;
    for (const opening of openings) {
      const length = Math.min(head.length, opening.length);
      if (head.compare(opening, 0, length, 0, length) !== 0) continue;
      if (head.length >= opening.length) return language;
      undecided = true;
    }
  }
  return undecided ? null : 'plain';
}

function bytes(text: string): Buffer {
  return globalThis.Buffer.from(text, 'latin1');
}
