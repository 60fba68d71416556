// How chat ends. An ending is thrown by whatever meets it and becomes the exit status in one place, so that scripts
// can tell a refusal from a hub that is not there.

/**
 * 0: left as asked. 1: the hub refused or ended it. 2: wrong usage, or a file of one's own that cannot be used. 3: the
 * hub cannot be reached. 4: the hub's key is not the one that is known.
 */
export type ExitStatus = 0 | 1 | 2 | 3 | 4;

/** The end of the program: `message` is for people and says the next step; '' when there is nothing to say. */
export class Ending extends Error {
  readonly status: ExitStatus;

  constructor(status: ExitStatus, text: string) {
    super(text);
    this.name = 'Ending';
    this.status = status;
  }
}
