// Every limit has a test that reaches it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DEFAULTS, LIMITS } from '../src/core/limits.ts';

/** What a peer can run into; the store's own bounds are the store's tests' matter. */
type Limit =
  | Exclude<keyof typeof LIMITS, `${string}tore${string}` | `search${string}`>
  | Exclude<keyof typeof DEFAULTS, 'retentionMiB'>;

/** Which test reaches each: a new one without a test does not compile. */
const REACHED: Record<Limit, string> = {
  nickChars: 'transport/limits.test.ts',
  roomChars: 'transport/limits.test.ts',
  textChars: 'transport/limits.test.ts',
  topicChars: 'transport/limits.test.ts',
  queryChars: 'transport/limits.test.ts',
  banPatternChars: 'core/ban.test.ts',
  bans: 'core/ban.test.ts',
  bansPerAnswer: 'core/banning.test.ts',
  reasonChars: 'transport/limits.test.ts',
  requestIdChars: 'transport/limits.test.ts',
  clientNameChars: 'transport/limits.test.ts',
  tokenChars: 'transport/limits.test.ts',
  lineBytes: 'transport/limits.test.ts',
  helloBytes: 'transport/hearing.test.ts',
  decodedBytes: 'transport/hearing.test.ts',
  requestsInARow: 'transport/hearing.test.ts',
  bytesInARow: 'transport/hearing.test.ts',
  roundMs: 'transport/rounds.test.ts',
  roundRestMs: 'transport/rounds.test.ts',
  roundRestsAfterTalkMs: 'transport/rounds.test.ts',
  requestsPerSecond: 'transport/hearing.test.ts',
  requestsAtOnce: 'transport/hearing.test.ts',
  restMs: 'transport/hearing.test.ts',
  badRequestsInARow: 'transport/limits.test.ts',
  refusedConnections: 'transport/limits.test.ts',
  roomsPerSession: 'transport/limits.test.ts',
  rememberedRequestIds: 'transport/limits.test.ts',
  historyPage: 'transport/limits.test.ts',
  usersPerAnswer: 'transport/limits.test.ts',
  sweepEveryMs: 'transport/patience.test.ts',
  maxConnections: 'transport/limits.test.ts',
  maxConnectionsPerAddress: 'transport/limits.test.ts',
  maxRooms: 'transport/limits.test.ts',
  ratePerSession: 'transport/limits.test.ts',
  burstPerSession: 'transport/limits.test.ts',
  ratePerAddress: 'transport/limits.test.ts',
  burstPerAddress: 'transport/limits.test.ts',
  resumeGraceSeconds: 'transport/patience.test.ts',
  idlePingSeconds: 'transport/patience.test.ts',
  idleDropSeconds: 'transport/patience.test.ts',
  stuckDropSeconds: 'transport/patience.test.ts',
  plainBacklog: 'transport/patience.test.ts',
  pruneEveryMs: 'transport/patience.test.ts',
  retentionEntries: 'transport/patience.test.ts',
  retentionDays: 'transport/patience.test.ts',
  firstBytesWaitMs: 'transport/connection.test.ts',
  helloWaitMs: 'transport/connection.test.ts',
  lastWordsMs: 'transport/http.test.ts',
  goodbyeMs: 'transport/connection.test.ts',
  handshakes: 'transport/tls.test.ts',
  handshakeWaitMs: 'transport/tls.test.ts',
  keyCheckEveryMs: 'daemon/hub-keys.test.ts',
  proxyHeaderBytes: 'transport/opening.test.ts',
  httpHeadBytes: 'transport/http.test.ts',
  httpWaitMs: 'transport/http.test.ts',
  writeBufferBytes: 'transport/slow.test.ts',
  plainNickSettleMs: 'dialects/plain.test.ts',
  plainJoinLinesMs: 'dialects/plain-encode.test.ts',
  answerBytes: 'core/answers.test.ts',
  pumpPage: 'core/session.test.ts',
  repeatedLineMs: 'core/door.test.ts',
  repeatingPlaces: 'core/door.test.ts',
  passwordChars: 'core/door.test.ts',
  passwordLeastChars: 'core/door.test.ts',
  passwordTries: 'core/sign-in.test.ts',
  challengeWaitMs: 'core/sign-in.test.ts',
  keysPerAccount: 'core/door.test.ts',
  namesPerKey: 'core/administration.test.ts',
  devicesPerAccount: 'core/door.test.ts',
  rememberedFailures: 'core/door.test.ts',
  freeFailures: 'core/door.test.ts',
  failureDelayMs: 'core/door.test.ts',
  addressFailureDelayMs: 'core/door.test.ts',
  accountFailureDelayMs: 'core/door.test.ts',
  passwordChecksAtOnce: 'daemon/proofs.test.ts',
  passwordChecksWaiting: 'daemon/proofs.test.ts',
  invites: 'core/door.test.ts',
  outsideQuestionsAtOnce: 'daemon/proofs.test.ts',
  outsideQuestionsWaiting: 'daemon/proofs.test.ts',
  outsideAnswerBytes: 'daemon/proofs.test.ts',
  maxAccounts: 'core/administration.test.ts',
  claimsPerAddress: 'core/administration.test.ts',
  claimDays: 'core/administration.test.ts',
  authWaitSeconds: 'daemon/proofs.test.ts',
  tailBatchesPerLog: 'core/log.test.ts',
  tailBytes: 'core/session.test.ts',
  batchEntries: 'core/batch-size.test.ts',
  batchEntriesPerLog: 'core/batch-size.test.ts',
  batchChars: 'core/batch-size.test.ts',
  batchCharsPerLog: 'core/batch-size.test.ts',
  tickGrowthMs: 'core/tick.test.ts',
  arrivalsHeldMs: 'core/showing.test.ts',
  pendingEntries: 'core/committer.test.ts',
  pruneStepEntries: 'core/session.test.ts',
  healthEveryMs: 'transport/http.test.ts',
};

await t.test('each limit has a test that names it', (t) => {
  for (const [limit, file] of Object.entries(REACHED)) {
    const text = readFileSync(join(import.meta.dirname, file), 'utf8').replace(/^  \w+: '.*',$/gm, '');
    if (!text.includes(limit.replace(/Seconds$/, ''))) t.fail(`${file} says nothing of ${limit}`);
  }
  t.end();
});
