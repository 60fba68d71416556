// A reader of the man pages, as far as they use mdoc(7): sections, items, words, and the examples of the protocol.

import { readFileSync } from 'node:fs';

export const DIRECTORY = new URL('../../man/', import.meta.url);
export const PAGES = [
  'chat.1',
  'chatctl.8',
  'chatroomd.8',
  'chatroom.toml.5',
  'chatroom-protocol.7',
] as const;

export function page(name: (typeof PAGES)[number]): string {
  return readFileSync(new URL(name, DIRECTORY), 'utf8');
}

/** The lines between a heading (`.Sh` or `.Ss`) and the next one of its kind or above. */
export function section(source: string, heading: string): string {
  const at = source.search(new RegExp(`^\\.S[hs] ${heading}$`, 'm'));
  if (at < 0) throw new Error(`there is no section ${heading}`);
  const [kind = ''] = source.slice(at).split(' ', 1);
  const rest = source.slice(at + 1);
  const end = rest.search(kind === '.Sh' ? /^\.Sh /m : /^\.S[hs] /m);
  return end < 0 ? rest : rest.slice(0, end);
}

/** Each `.It` of the outermost lists, with its own line and all up to the next. */
export function items(source: string): { head: string; body: string }[] {
  const found: { head: string; body: string }[] = [];
  let depth = 0;
  for (const line of source.split('\n')) {
    if (line.startsWith('.Bl ')) depth++;
    if (line === '.El') depth--;
    if (line.startsWith('.It ') && depth === 1) found.push({ head: words(line), body: `${line}\n` });
    else if (depth > 0 && found.length > 0) (found.at(-1) as { body: string }).body += `${line}\n`;
  }
  return found.map(({ head, body }) => ({ head, body: words(body) }));
}

const CALLABLE = new Set(
  'Ar Cm Fl Ql Pa Ev Xr Sx Op Oo Oc Pq Po Pc Ns No Em Ic Dv Nm Pf Xo Xc Li It Sh Ss Pp Bl El Bd Ed'.split(
    ' ',
  ),
);

/** What a reader reads, on one line: mdoc(7) without its macros. A flag gets the dash that `Fl` stands for. */
export function words(source: string): string {
  const read = source.split('\n').map((line) => (line.startsWith('.') ? macroLine(line.slice(1)) : line));
  return unescaped(read.join(' '))
    .replace(/\s+/g, ' ')
    .replace(/ ([.,;:)])(?= |$)/g, '$1');
}

function macroLine(line: string): string {
  let dash = '';
  const read: string[] = [];
  for (const [, quoted, bare] of line.matchAll(/"([^"]*)"(?!\S)|(\S+)/g)) {
    const word = quoted ?? bare ?? '';
    if (CALLABLE.has(word)) dash = word === 'Fl' ? '-' : '';
    else read.push(/^[.,;:|()[\]]$/.test(word) ? word : dash + word);
  }
  return read.join(' ');
}

function unescaped(text: string): string {
  return text.replace(/\\\((dq|aq|->)|\\([e&-])/g, (_, long?: string, short?: string) => {
    if (long !== undefined) return { dq: '"', aq: "'" }[long] ?? '→';
    return { e: '\\', '-': '-' }[short ?? ''] ?? '';
  });
}

/** The lines of the literal displays that `mark` begins, folded lines put together again. */
export function examples(mark: 'C' | 'H'): string[] {
  const found: string[] = [];
  let inDisplay = false;
  let open = false;
  for (const line of page('chatroom-protocol.7').split('\n')) {
    if (line.startsWith('.')) [inDisplay, open] = [line.startsWith('.Bd -literal'), false];
    const isMarked = inDisplay && /^[CH]: /.test(line);
    if (isMarked) open = line.startsWith(mark);
    if (isMarked && open) found.push(unescaped(line.slice(3)));
    else if (inDisplay && open && line.startsWith(' '))
      found.push(`${found.pop()} ${unescaped(line.trim())}`);
  }
  return found;
}
