// Every bound of the hub stands here with its unit in its name, so that one page tells what a peer can cost.
// Those an operator may change are settings (chatroom.toml(5)); the figures here are their defaults.

export const LIMITS = {
  // What people write.
  nickChars: 32,
  roomChars: 32,
  textChars: 4096,
  topicChars: 300,
  queryChars: 200,
  reasonChars: 300,
  banPatternChars: 64,
  requestIdChars: 64,
  clientNameChars: 64,
  tokenChars: 64,

  // What a connection may cost.
  lineBytes: 64 * 1024,
  helloBytes: 16 * 1024,
  decodedBytes: 4 * 1024,
  requestsInARow: 32,
  bytesInARow: 64 * 1024,
  roundMs: 0.5,
  roundRestMs: 1,
  roundRestsAfterTalkMs: 1_000,
  requestsPerSecond: 100,
  requestsAtOnce: 500,
  restMs: 250,
  firstBytesWaitMs: 300,
  helloWaitMs: 60_000,
  handshakes: 512,
  connectsAtOnce: 100,
  connectsAgainMs: 10_000,
  tellTooSoonMs: 1_000,
  handshakeWaitMs: 10_000,
  plainNickSettleMs: 100,
  plainJoinLinesMs: 50,
  httpHeadBytes: 8 * 1024,
  httpWaitMs: 5_000,
  proxyHeaderBytes: 536,
  badRequestsInARow: 100,
  writeBufferBytes: 64 * 1024,
  refusedConnections: 64,

  // What an operator may make, and how much of it one answer lists.
  bans: 10_000,
  bansPerAnswer: 100,

  // What a session may hold.
  roomsPerSession: 32,
  rememberedRequestIds: 1024,

  // What signing in may cost, and how long one has for it.
  passwordChars: 256,
  passwordLeastChars: 8,
  passwordTries: 3,
  challengeWaitMs: 30_000,
  keysPerAccount: 8,
  namesPerKey: 8,
  devicesPerAccount: 16,
  rememberedFailures: 10_000,
  freeFailures: 3,
  failureDelayMs: 1_000,
  addressFailureDelayMs: 15 * 60_000,
  accountFailureDelayMs: 60_000,
  passwordChecksAtOnce: 1,
  passwordChecksWaiting: 16,
  invites: 1_000,
  outsideQuestionsAtOnce: 4,
  outsideQuestionsWaiting: 64,
  outsideAnswerBytes: 4 * 1024,

  // What a page or an answer may hold.
  historyPage: 200,
  pumpPage: 100,
  answerBytes: 60 * 1024,
  usersPerAnswer: 200,

  // What the hub keeps in memory and does in one go.
  repeatingPlaces: 1_024,
  tailBatchesPerLog: 1024,
  tailBytes: 32 * 1024 * 1024,
  batchEntries: 16_384,
  batchChars: 2 * 1024 * 1024,
  // A peer that takes less than this in stuck-drop-seconds is taken for stuck: only whole writes are seen to be taken.
  batchEntriesPerLog: 4096,
  batchCharsPerLog: 128 * 1024,
  pendingEntries: 65_536,
  tickGrowthMs: 25,
  readersInARow: 128,
  readersLeft: 256,
  arrivalsHeldMs: 500,
  pruneStepEntries: 5_000,

  // What the store's worker may use and how long others wait for it.
  storeLockWaitMs: 1_000,
  storeWorkerHeapMiB: 256,
  storePagesAtOnce: 4,
  storePruneSliceEntries: 500,
  storeFullCheckBytes: 32 * 1024 * 1024,
  memoryStoreBytes: 64 * 1024 * 1024,
  storeWeighedBytes: 4 * 1024 * 1024,
  storeBackupStepPages: 256,
  storeSliceMs: 4,
  storeTidyWaitMs: 20,
  storeTidyPauseMsPerRequest: 5,
  storeTidyPauseMs: 500,
  storeTidyRetryMs: 10_000,

  // What a search costs, and its index.
  searchWords: 32,
  searchSliceEntries: 2_000,
  storeBlockEntries: 16,
  storeBlockTerms: 2_048,
  storeBlocksAhead: 1_024,
  storeReadThroughEntries: 512,
  storeMergePages: 16,

  // Clocks.
  sweepEveryMs: 1_000,
  pruneEveryMs: 60_000,
  healthEveryMs: 5_000,
  keyCheckEveryMs: 3_600_000,
  goodbyeMs: 500,
  lastWordsMs: 100,
  repeatedLineMs: 60_000,
} as const;

/** The defaults of what an operator may set; chatroom.toml(5) explains each. */
export const DEFAULTS = {
  maxConnections: 10_000,
  maxConnectionsPerAddress: 100,
  maxRooms: 1_000,
  ratePerSession: 5,
  burstPerSession: 20,
  ratePerAddress: 25,
  burstPerAddress: 100,
  resumeGraceSeconds: 120,
  idlePingSeconds: 120,
  idleDropSeconds: 60,
  stuckDropSeconds: 120,
  retentionDays: 30,
  retentionEntries: 100_000,
  retentionMiB: 1_024,
  plainBacklog: 0,
  maxAccounts: 10_000,
  claimsPerAddress: 20,
  claimDays: 90,
  authWaitSeconds: 5,
} as const;

/** What one caller of the control socket may cost: those who can open it are trusted, their scripts may still run wild. */
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
  /** limits.h(0p): PATH_MAX of Linux, with its terminating zero. */
  pathChars: 4096,
  drainSeconds: 24 * 60 * 60,
  banSeconds: 100 * 366 * 24 * 60 * 60,
  inviteUses: 10_000,
  inviteSeconds: 366 * 24 * 60 * 60,
  problemChars: 500,
} as const;
