// The verb about accounts: who owns a name, by which keys, and what they may.

import { EXIT, type ExitCode } from '../control/protocol.ts';
import type { AccountInfo } from '../core/administration.ts';
import { type Role, ROLES } from '../core/commands.ts';
import { foldName } from '../core/names.ts';
import { Failure } from './failure.ts';
import { dateAndTime } from './human.ts';
import { plainName } from './people.ts';
import { askPassword } from './secret.ts';
import { type Bench, type Given, misuse, type Verb } from './verb.ts';

const STEPS = [
  'list',
  'show',
  'add',
  'passwd',
  'role',
  'disable',
  'enable',
  'del',
  'add-key',
  'del-key',
] as const;
type Step = (typeof STEPS)[number];

const HEADER = ['NAME', 'ROLE', 'SIGNS IN BY', 'FROM', 'SEEN'];

export const USER: Verb = {
  name: 'user',
  aliases: [],
  args: `${STEPS.join('|')} [NAME] [ROLE|KEY]`,
  words: { least: 1, most: 3 },
  help: 'Accounts: list or show them, make one, set its password or role, give or take a key, shut it out, remove it',
  flags: {
    key: {
      value: 'KEY',
      help: 'add: it signs in by this key, as chat --show-key shows it, and no password is asked',
      completes: 'nothing',
    },
    role: { value: 'ROLE', help: `add: what it may: ${ROLES.join(', ')}`, completes: ROLES },
  },
  completes: STEPS,
  run: async (bench, given) => {
    const [word = '', name = '', third] = given.words;
    const step = STEPS.find((each) => each === word);
    if (step === undefined)
      throw misuse(`there is no chatctl user ${word}: choose one of ${STEPS.join(', ')}`);
    if (step === 'list') return list(bench);
    if (name === '') throw misuse(`whose? chatctl user ${step} NAME`);
    return run(bench, step, plainName(name), third, given);
  },
};

async function run(
  bench: Bench,
  step: Exclude<Step, 'list'>,
  name: string,
  third: string | undefined,
  { flags }: Given,
): Promise<ExitCode> {
  const { client } = bench;
  switch (step) {
    case 'show':
      return show(bench, name);
    case 'add': {
      const { key } = flags;
      const role = flags['role'] === undefined ? {} : { role: roleOf(flags['role']) };
      const proof = key === undefined ? { password: await askPassword(bench) } : { key };
      return done(bench, await client.call('POST /v1/accounts', { name, ...role, ...proof }), 'is made');
    }
    case 'passwd': {
      const password = await askPassword(bench);
      return done(bench, await client.call('PUT /v1/accounts', { name, password }), 'has another password');
    }
    case 'role': {
      const role = roleOf(third ?? '');
      return done(bench, await client.call('PUT /v1/accounts', { name, role }), `is ${role} now`);
    }
    case 'disable':
    case 'enable': {
      const disabled = step === 'disable';
      const text = disabled ? 'is shut out; chatctl user enable lets it in again' : 'may come in again';
      return done(bench, await client.call('PUT /v1/accounts', { name, disabled }), text);
    }
    case 'add-key':
    case 'del-key': {
      if (third === undefined) throw misuse(`which key? chatctl user ${step} NAME KEY`);
      const change = step === 'add-key' ? { addKey: third } : { removeKey: third };
      return done(bench, await client.call('PUT /v1/accounts', { name, ...change }), 'has its keys changed');
    }
    case 'del': {
      const answer = await client.call('POST /v1/accounts/delete', { name });
      if (bench.screen.form === 'json') bench.screen.document(answer);
      else bench.screen.line(`the account ${name} is removed, with what was said to it privately`);
      return EXIT.done;
    }
  }
}

async function list({ client, screen }: Bench): Promise<ExitCode> {
  const answer = await client.call('GET /v1/accounts', {});
  if (screen.form === 'json') screen.document(answer);
  else if (answer.accounts.length === 0 && screen.isTerminal) screen.line('there are no accounts');
  else
    screen.table(
      HEADER,
      answer.accounts.map((account) => [
        account.name,
        account.role,
        proofsOf(account),
        account.origin,
        seen(account),
      ]),
    );
  return EXIT.done;
}

async function show({ client, screen }: Bench, name: string): Promise<ExitCode> {
  const { accounts } = await client.call('GET /v1/accounts', {});
  const account = accounts.find((each) => foldName(each.name) === foldName(name));
  if (account === undefined)
    throw new Failure(
      EXIT.refused,
      'no-match',
      `no account has the name ${name}: chatctl user list shows them all`,
    );
  if (screen.form === 'json') screen.document(account);
  else
    screen.list([
      ['name', account.name],
      ['role', account.role],
      ['signs in by', proofsOf(account)],
      ['from', `${account.origin}, ${dateAndTime(account.createdAt)}`],
      ['seen', seen(account)],
      ...account.keys.map((key) => ['key', key] as const),
    ]);
  return EXIT.done;
}

function done({ screen }: Bench, account: AccountInfo, text: string): ExitCode {
  if (screen.form === 'json') screen.document(account);
  else screen.line(`the account ${account.name} ${text}`);
  return EXIT.done;
}

/** @throws Failure for a word that is no role. */
export function roleOf(word: string): Role {
  const role = ROLES.find((each) => each === word);
  if (role === undefined) throw misuse(`a role is one of ${ROLES.join(', ')}, not ${JSON.stringify(word)}`);
  return role;
}

function proofsOf({ keys, hasPassword, origin }: AccountInfo): string {
  const proofs = [
    ...(keys.length > 0 ? [keys.length === 1 ? 'key' : `${keys.length} keys`] : []),
    ...(hasPassword ? ['password'] : []),
    ...(origin === 'external' ? ['user database'] : []),
  ];
  return proofs.length === 0 ? 'nothing' : proofs.join(', ');
}

function seen({ disabled, here, seenAt }: AccountInfo): string {
  if (disabled) return 'disabled';
  return here > 0 ? 'here' : dateAndTime(seenAt);
}
