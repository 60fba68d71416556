// What a check of `chatctl doctor` is, and what it can find.

import type { Facts } from './facts.ts';

export interface Finding {
  /** `skip`: it could not be looked at, and the text says why. */
  readonly status: 'ok' | 'warn' | 'fail' | 'skip';
  /** One line. */
  readonly text: string;
  /** What to do about it, one line; null where nothing is to be done. */
  readonly cure: string | null;
}

/** A row of the table of checks. */
export interface Check {
  readonly name: string;
  /** Never rejects: what cannot be looked at is a finding as well. */
  readonly run: (facts: Facts) => Finding | Promise<Finding>;
}

export function ok(text: string): Finding {
  return { status: 'ok', text, cure: null };
}

/** It works now, and will not when something else happens. */
export function warn(text: string, cure: string): Finding {
  return { status: 'warn', text, cure };
}

/** It does not work, or is open to those it should not be open to. */
export function fail(text: string, cure: string): Finding {
  return { status: 'fail', text, cure };
}

export function skip(why: string): Finding {
  return { status: 'skip', text: why, cure: null };
}
