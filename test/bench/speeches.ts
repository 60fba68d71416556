// How to talk to each kind of server that is measured: the lines that bring a member into a room, and the line that says a text there.

/** One line of coming in: what is sent (nothing if empty), and what must have come before the next. */
export interface Step {
  readonly send: string;
  readonly wait: string;
}

export interface Speech {
  /** What `member` sends to be in `room`. */
  readonly enter: (member: number, room: string) => readonly Step[];
  /** What `member` sends to say `text` in `room`. */
  readonly say: (member: number, room: string, text: string) => string;
  /** What shows the server that a silent member is still there; nothing where the longest row is too short to be asked for it. */
  readonly alive: string;
  /** True if who listens cannot speak, so that the speakers are connections besides the members. */
  readonly speakersApart: boolean;
  /** How many may be coming in at the same time; some servers reset what their short queue cannot hold. */
  readonly atOnce: number;
}

export type SpeechName = 'json' | 'original' | 'irc' | 'nats' | 'redis';

/** The room that everybody is in. */
export const LOBBY = 'lobby';

export const SPEECHES: Record<SpeechName, Speech> = {
  json: {
    enter: (member, room) => [
      { send: `{"type":"hello","nick":"u${member}"}\n`, wait: '"welcome"' },
      ...(room === LOBBY ? [] : [{ send: `{"type":"join","room":"#${room}","id":"j"}\n`, wait: '"id":"j"' }]),
    ],
    say: (_, room, text) => `{"type":"say","room":"#${room}","text":"${text}"}\n`,
    alive: '{"type":"pong"}\n',
    speakersApart: false,
    atOnce: 512,
  },
  original: {
    enter: (member) => [
      { send: '', wait: 'NICKNAME' },
      { send: `u${member}`, wait: 'Connected' },
    ],
    say: (member, _, text) => `u${member}: ${text}`,
    alive: '',
    speakersApart: false,
    atOnce: 512,
  },
  irc: {
    enter: (member, room) => [
      { send: `NICK u${member}\r\nUSER u${member} 0 * :u\r\n`, wait: ' 001 ' },
      { send: `JOIN #${room}\r\n`, wait: ' 366 ' },
    ],
    say: (_, room, text) => `PRIVMSG #${room} :${text}\r\n`,
    alive: '',
    speakersApart: false,
    atOnce: 64,
  },
  nats: {
    enter: (_, room) => [
      { send: '', wait: 'INFO' },
      {
        send: `CONNECT {"verbose":false,"pedantic":false,"tls_required":false}\r\nSUB ${room} 1\r\nPING\r\n`,
        wait: 'PONG',
      },
    ],
    say: (_, room, text) => `PUB ${room} ${text.length}\r\n${text}\r\n`,
    alive: '',
    speakersApart: false,
    atOnce: 512,
  },
  redis: {
    enter: (_, room) => [{ send: `SUBSCRIBE ${room}\r\n`, wait: ':1' }],
    say: (_, room, text) => `PUBLISH ${room} ${text}\r\n`,
    alive: '',
    speakersApart: true,
    atOnce: 512,
  },
};
