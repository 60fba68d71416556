// Other programs of the machine, asked within a time and without a shell. One that is not there, or hangs, is an answer like any other.

import { execFile } from 'node:child_process';

const TOOL_WAIT_MS = 5_000;
const TOOL_OUTPUT_BYTES = 1024 * 1024;

/** How a program ended; or why there is no answer of it. */
export type Asked =
  | { readonly code: number; readonly out: string; readonly err: string }
  | { readonly why: string };

export interface AskSetup {
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly waitMs?: number;
}

export function ask(
  tool: string,
  args: readonly string[],
  { env = {}, waitMs = TOOL_WAIT_MS }: AskSetup = {},
): Promise<Asked> {
  return new Promise((resolve) => {
    execFile(
      tool,
      args,
      {
        timeout: waitMs,
        killSignal: 'SIGKILL',
        maxBuffer: TOOL_OUTPUT_BYTES,
        // Words that can be looked for, whatever the operator's language is.
        env: { ...process.env, LC_ALL: 'C', SYSTEMD_COLORS: '0', SYSTEMD_PAGER: '', ...env },
      },
      (error, out, err) => {
        if (error === null) resolve({ code: 0, out, err });
        else if (typeof error.code === 'number') resolve({ code: error.code, out, err });
        else if (error.code === 'ENOENT') resolve({ why: `there is no ${tool} here` });
        else if (error.killed === true) resolve({ why: `${tool} did not answer in ${waitMs / 1000} s` });
        else resolve({ why: `${tool} cannot be asked: ${error.code ?? error.signal}` });
      },
    );
  });
}

/** The same for a tool whose exit status has to be 0: what it printed, or why there is nothing. */
export async function answerOf(
  tool: string,
  args: readonly string[],
): Promise<{ readonly out: string } | { readonly why: string }> {
  const asked = await ask(tool, args);
  if ('why' in asked || asked.code === 0) return asked;
  if (asked.err.includes('not been booted with systemd')) return { why: 'systemd does not run here' };
  const [reason = ''] = asked.err.split('\n');
  return { why: `${tool} says: ${reason === '' ? `exit status ${asked.code}` : reason}` };
}
