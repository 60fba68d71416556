// Every wait of the client stands here with its unit in its name; tests hand in shorter ones.

export const TIMING = {
  /** How long one attempt to connect may take. */
  connectMs: 10_000,
  /** How long a peer may take to answer the first words. */
  answerMs: 10_000,
  /** How long chat listens before it speaks first: see dial.ts. */
  greetingMs: 150,
  /** After so much silence of a new connection a hub takes us for a plain client (chatroom-protocol(7)). */
  hubPatienceMs: 300,
  /** After so much silence of the hub it is asked whether it is still there. */
  silenceMs: 30_000,
  /** How long it may take to answer that. */
  pongMs: 15_000,
  /** Pauses between attempts to come back grow from the first to the last, each with some chance in it. */
  firstPauseMs: 500,
  lastPauseMs: 30_000,
  /** A connection that held so long was a good one: the pauses start small again. */
  steadyMs: 10_000,
  /** How often the hub is told what we have, when there is something new. */
  ackEveryMs: 5_000,
  /** How long a goodbye may take. */
  goodbyeMs: 1_000,
  /** The original server takes what one read returns for one message, so messages must not follow too closely. */
  originalPaceMs: 100,
} as const;

/** A hub that wants more time than this before it is asked again is taken to refuse. */
export const LONGEST_WAIT_MS = 60_000;

export type Timing = { readonly [Name in keyof typeof TIMING]: number };

/**
 * How long to wait before attempt `attempt` (0, 1, 2 …) to come back, in ms; `chance` is from 0 to 1. Half of each
 * pause is chance, so that a room full of people does not come back to a restarted hub in the same moment.
 */
export function pauseMs(attempt: number, chance: number, timing: Timing): number {
  const half = Math.min(timing.firstPauseMs * 2 ** attempt, timing.lastPauseMs / 2);
  return half + half * chance;
}
