// What may be asked over the control socket, checked field by field. A refusal names the field and what it must be.

import { z } from 'zod';
import { ChatError } from '../core/errors.ts';
import { safeLine } from '../core/text.ts';
import { CONTROL_LIMITS } from '../core/limits.ts';
import { LOCKDOWN } from '../core/lockdown.ts';
import { ACCOUNT_SCHEMAS } from './account-schemas.ts';
import { BAN_SCHEMAS } from './ban-schemas.ts';
import { fields, named, text, whole } from './fields.ts';
import { HISTORY_PAGE, KEY_STEPS, LOG_LEVELS } from './protocol.ts';

const ROOM = 'must be the name of a room, like #lobby';
const TARGET = 'must be a nickname, or a session id such as +k3f9';
const LEVEL = `must be one of ${LOG_LEVELS.join(', ')}`;
const STEP = `must be one of ${KEY_STEPS.join(', ')}`;
const LIMIT = `must be a whole number from 1 to ${HISTORY_PAGE}`;
const BEFORE = 'must be the number of an entry: 1, 2, 3 …';
const SECONDS = `must be a whole number of seconds from 0 to ${CONTROL_LIMITS.drainSeconds}`;
const PATH = 'must be the absolute path of a file that is not there yet';
const LOCK = `must be a whole number from 0 to ${LOCKDOWN.length - 1}`;
const TO = 'must be {"scope":"all"}, {"scope":"room","room":"#…"} or {"scope":"user","name":"…"}';

/** For each call the schema of its input; none of them depends on the hub's state. */
export const SCHEMAS = {
  'GET /v1/users': fields({ room: named(ROOM).optional() }),
  'POST /v1/kick': fields({ target: named(TARGET), reason: text().optional() }),
  'POST /v1/notices': fields({
    text: text(),
    to: z.discriminatedUnion(
      'scope',
      [
        fields({ scope: z.literal('all') }),
        fields({ scope: z.literal('room'), room: named(ROOM) }),
        fields({ scope: z.literal('user'), name: named(TARGET) }),
      ],
      { error: TO },
    ),
  }),
  'POST /v1/drain': fields({
    // Not read out of a text: nothing at all must not mean 0.
    seconds: z
      .int({ error: SECONDS })
      .min(0, { error: SECONDS })
      .max(CONTROL_LIMITS.drainSeconds, { error: SECONDS }),
    text: text().optional(),
  }),
  'POST /v1/drain/cancel': fields({}),
  'POST /v1/backup': fields({
    file: z
      .string({ error: PATH })
      .startsWith('/', { error: PATH })
      .max(CONTROL_LIMITS.pathChars - 1, { error: PATH })
      .optional(),
  }),
  'GET /v1/rooms': fields({}),
  'GET /v1/history': fields({
    log: named(ROOM),
    limit: whole(LIMIT, HISTORY_PAGE),
    before: whole(BEFORE, Number.MAX_SAFE_INTEGER).optional(),
  }),
  ...BAN_SCHEMAS,
  ...ACCOUNT_SCHEMAS,
  'GET /v1/lockdown': fields({}),
  'PUT /v1/lockdown': fields({
    level: z
      .int({ error: LOCK })
      .min(0, { error: LOCK })
      .max(LOCKDOWN.length - 1, { error: LOCK }),
  }),
  'GET /v1/status': fields({}),
  'GET /v1/doctor': fields({}),
  'GET /v1/version': fields({}),
  'POST /v1/reload': fields({}),
  'GET /v1/key': fields({}),
  'POST /v1/key': fields({ step: z.enum(KEY_STEPS, { error: STEP }) }),
  'GET /v1/log-level': fields({}),
  'PUT /v1/log-level': fields({ level: z.enum(LOG_LEVELS, { error: LEVEL }) }),
} as const;

/** What each call takes, as its handler gets it. */
export type Inputs = { readonly [C in keyof typeof SCHEMAS]: z.output<(typeof SCHEMAS)[C]> };

/** A name that is not a call must not compile: each input is checked by the schema of the same row. */
const BY_CALL: { readonly [C in keyof Inputs]: z.ZodType<Inputs[C]> } = SCHEMAS;

/**
 * The checked input of a call.
 * @throws ChatError `bad-request` naming each field that is wrong and what it must be.
 */
export function readInput<C extends keyof Inputs>(call: C, raw: unknown): Inputs[C] {
  const read = BY_CALL[call].safeParse(raw);
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) =>
    path.length === 0 ? `the request ${message}` : `"${path.join('.')}" ${message}`,
  );
  // A field's name may be anything, and this text ends on a terminal.
  throw new ChatError('bad-request', safeLine(problems.join('; ')).slice(0, CONTROL_LIMITS.problemChars));
}
