// What an operator may set of the hub's behaviour, in the units the hub counts in.

export interface HubSettings {
  readonly maxRooms: number;
  /** Messages a second in the long run, and how many at once; Infinity for no limit. */
  readonly ratePerSession: number;
  readonly burstPerSession: number;
  readonly ratePerAddress: number;
  readonly burstPerAddress: number;
  readonly resumeGraceMs: number;
  /** How many of the lobby's last entries a newcomer without a resume is shown. */
  readonly plainBacklog: number;
}
