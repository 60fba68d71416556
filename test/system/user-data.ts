// Does with user data what cloud-init does on an instance, as far as ours asks for it: writes files, then runs commands.

import { parse } from 'yaml';
import type { Container, Outcome } from './container.ts';

interface UserData {
  readonly write_files: readonly {
    readonly path: string;
    readonly permissions: string;
    readonly content: string;
  }[];
  readonly runcmd: readonly (readonly [string, ...string[]])[];
}

/** @throws Error when `text` is no user data of the kind that ours is */
export function readUserData(text: string): UserData {
  if (!text.startsWith('#cloud-config\n')) throw new Error('cloud-init would take it for a script');
  return parse(text) as UserData;
}

/** Resolves with what came of the commands, up to the first that failed. */
export async function applyUserData(machine: Container, data: UserData): Promise<Outcome[]> {
  for (const { path, permissions, content } of data.write_files) {
    const bytes = Buffer.from(content).toString('base64');
    await machine.shell(`echo ${bytes} | base64 --decode >${path} && chmod ${permissions} ${path}`);
  }
  const outcomes: Outcome[] = [];
  for (const command of data.runcmd) {
    outcomes.push(await machine.run(...command));
    if (outcomes.at(-1)?.code !== 0) break;
  }
  return outcomes;
}
