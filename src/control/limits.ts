// What one caller of the control socket may cost: those who can open it are trusted, their scripts may still run wild.

export const CONTROL_LIMITS = {
  connections: 64,
  watchers: 16,
  headBytes: 8 * 1024,
  bodyBytes: 64 * 1024,
  /** How long a whole request, head and body, may take to arrive. */
  requestWaitMs: 5_000,
  keepAliveMs: 5_000,
  /** What may wait for a watcher that reads slowly, before it misses entries. */
  watchBufferBytes: 256 * 1024,
  /** What is under way when the hub ends may take so long to be answered. */
  closeWaitMs: 500,
  nameChars: 256,
  problemChars: 500,
} as const;
