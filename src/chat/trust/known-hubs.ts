// The file of the hubs that were met before, one line each, as ssh keeps its known_hosts: the address, then the
// fingerprints of its key and of those that may follow it. A line that cannot be read stops everything, since it may
// have been the one that would have told a false hub.

import { readFileSync } from 'node:fs';
import { type Address, addressText, DEFAULT_PORT, parseAddress } from '../address.ts';
import { Ending } from '../ending.ts';
import { isPin } from './channel.ts';
import { isNotThere, rewrite } from './rewrite.ts';

interface Line {
  readonly text: string;
  /** The address in its one form; null for a blank line or a comment. */
  readonly hub: string | null;
  readonly pins: readonly string[];
  /** What stands behind the fingerprints, with its `#`. */
  readonly comment: string;
}

export class KnownHubs {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * The fingerprints under which the hub is known, the present one first; none when it was never met.
   * @throws Ending with status 2 when the file cannot be read.
   */
  pins(address: Address): readonly string[] {
    return pinsIn(this.#lines(this.#text()), nameOf(address));
  }

  /**
   * Replaces the hub's fingerprints by what `change` makes of those there are; none takes the line away. All else
   * stays as it is, and chats that do this at the same time take turns.
   * @throws Ending with status 2 when the file cannot be read or written; whatever `change` throws.
   */
  async update(address: Address, change: (pins: readonly string[]) => readonly string[]): Promise<void> {
    const hub = nameOf(address);
    try {
      await rewrite(this.path, (before) => {
        const lines = this.#lines(before);
        const pins = change(pinsIn(lines, hub));
        return textWith(lines, hub, pins);
      });
    } catch (error) {
      throw this.#ending(error, 'written');
    }
  }

  #text(): string {
    try {
      return readFileSync(this.path, 'utf8');
    } catch (error) {
      if (isNotThere(error)) return '';
      throw this.#ending(error, 'read');
    }
  }

  #lines(text: string): Line[] {
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines.map((line, i) => this.#line(line, i + 1));
  }

  #line(text: string, number: number): Line {
    const at = text.search(/(^|\s)#/);
    const [name, ...pins] = (at < 0 ? text : text.slice(0, at)).split(/\s+/).filter((word) => word !== '');
    const comment = at < 0 ? '' : text.slice(at).trim();
    if (name === undefined) return { text, hub: null, pins: [], comment };
    const hub = readName(name);
    if (hub === null || pins.length === 0 || !pins.every(isPin)) {
      throw new Ending(
        2,
        `line ${number} of ${this.path} is not HOST[:PORT] and fingerprints (sha256-…): mend it or take it away`,
      );
    }
    return { text, hub, pins, comment };
  }

  #ending(error: unknown, what: 'read' | 'written'): unknown {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof Ending || code === undefined) return error;
    return new Ending(2, `${this.path} cannot be ${what} (${code}): see to whom it and its directory belong`);
  }
}

function pinsIn(lines: readonly Line[], hub: string): readonly string[] {
  return [...new Set(lines.filter((line) => line.hub === hub).flatMap(({ pins }) => pins))];
}

function textWith(lines: readonly Line[], hub: string, pins: readonly string[]): string {
  const texts: string[] = [];
  let isThere = pins.length === 0;
  for (const line of lines) {
    if (line.hub !== hub) texts.push(line.text);
    else if (!isThere) texts.push([hub, ...pins, line.comment].join(' ').trim());
    if (line.hub === hub) isThere = true;
  }
  if (!isThere) texts.push([hub, ...pins].join(' '));
  return texts.map((text) => `${text}\n`).join('');
}

/** The one form of an address in which it is compared and written: small letters, and the port only when it is another. */
export function nameOf({ host, port }: Address): string {
  const name = host.toLowerCase();
  return port === DEFAULT_PORT ? name : addressText({ host: name, port });
}

function readName(text: string): string | null {
  try {
    return nameOf(parseAddress(text));
  } catch (error) {
    if (error instanceof Ending) return null;
    throw error;
  }
}
