// What chatctl could not do. The exit status tells a script what kind of failure it was, the text tells a person the next step.

import type { ControlErrorCode, ExitCode } from '../control/protocol.ts';

/** The hub's own codes, and those of failures on the way to it. */
export type FailureCode =
  | ControlErrorCode
  | 'usage'
  | 'not-running'
  | 'no-answer'
  | 'no-permission'
  | 'no-match';

export class Failure extends Error {
  readonly code: FailureCode;
  readonly exit: ExitCode;

  constructor(exit: ExitCode, code: FailureCode, text: string) {
    super(text);
    this.name = 'Failure';
    this.code = code;
    this.exit = exit;
  }
}
