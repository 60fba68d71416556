// The kinds of field that requests over the control socket have, each with the words that refuse what is none.

import { z } from 'zod';
import { CONTROL_LIMITS } from '../core/limits.ts';

export const named = (expected: string): z.ZodString =>
  z
    .string({ error: expected })
    .min(1, { error: expected })
    .max(CONTROL_LIMITS.nameChars, { error: expected });

export const text = (): z.ZodString => z.string({ error: 'must be a text' });

/** An object of these fields and no others. */
export function fields<T extends z.core.$ZodLooseShape>(shape: T): z.ZodObject<T, z.core.$strict> {
  const known = Object.keys(shape);
  const takes = known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`;
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `has no field ${issue.keys.join(', ')}: ${takes}`
        : 'must be a JSON object',
  });
}

export const whole = (expected: string, most: number): z.ZodCoercedNumber =>
  z.coerce
    .number({ error: expected })
    .int({ error: expected })
    .min(1, { error: expected })
    .max(most, { error: expected });
