// What chat finds on this machine before it goes to a hub: the file of known hubs, and how its person signs in. Also
// what a command line can do with those files without going anywhere.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Address } from '../address.ts';
import { Ending } from '../ending.ts';
import type { SignInBy } from '../options.ts';
import { configDirectory } from './config-dir.ts';
import { Identity } from './identity.ts';
import { KnownHubs, nameOf } from './known-hubs.ts';
import type { Credentials } from './sign-in.ts';

type Env = Readonly<Record<string, string | undefined>>;

export function knownHubsFile(env: Env): string {
  return join(configDirectory(env), 'known_hubs');
}

/**
 * How to sign in as the command line wants it. `askPassword` asks a person, `say` tells why there is no key.
 * @throws Ending with status 2 when a file that was named cannot be used
 */
export async function credentialsFor(
  signIn: SignInBy,
  env: Env,
  askPassword: () => Promise<string>,
  say: (text: string) => void,
): Promise<Credentials> {
  switch (signIn.by) {
    case 'nothing':
      return { kind: 'none' };
    case 'password':
      return { kind: 'password', password: passwordIn(signIn.file, env) ?? (await askPassword()) };
    case 'key':
      if (signIn.file !== null) return { kind: 'key', identity: Identity.read(signIn.file) };
      return ownKey(env, say);
  }
}

/** The key that is used when none is named, made if need be. @throws Ending with status 2. */
export function ownIdentity(env: Env): Identity {
  const path = join(configDirectory(env), 'id_ed25519');
  try {
    return Identity.readOrMake(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof Ending || code === undefined) throw error;
    throw new Ending(2, `no key could be made in ${path} (${code}): see to whom the directory belongs`);
  }
}

/** Takes `pin` for the key of a hub, whatever was known before. */
export async function accept(address: Address, pin: string, env: Env): Promise<string> {
  await new KnownHubs(knownHubsFile(env)).update(address, () => [pin]);
  return `${nameOf(address)} is known by ${pin} from now on\n`;
}

/** Forgets the keys of a hub. */
export async function forget(address: Address, env: Env): Promise<string> {
  const known = new KnownHubs(knownHubsFile(env));
  const before = known.pins(address);
  if (before.length === 0) return `${nameOf(address)} is not known\n`;
  await known.update(address, () => []);
  return `${nameOf(address)} is not known any more; its key was ${before.join(' ')}\n`;
}

/** Without a key of one's own one can still talk, only no name is held. */
function ownKey(env: Env, say: (text: string) => void): Credentials {
  try {
    return { kind: 'key', identity: ownIdentity(env) };
  } catch (error) {
    if (!(error instanceof Ending)) throw error;
    say(`signing in without a key: ${error.message}`);
    return { kind: 'none' };
  }
}

function passwordIn(file: string | null, env: Env): string | null {
  if (file === null) return env['CHATROOM_PASSWORD'] ?? null;
  try {
    const [password = ''] = readFileSync(file, 'utf8').split(/\r?\n/);
    if (password === '') throw new Ending(2, `there is no password in the first line of ${file}`);
    return password;
  } catch (error) {
    if (error instanceof Ending) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new Ending(2, `the password in ${file} cannot be read (${code}): check its name`);
  }
}
