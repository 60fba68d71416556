// What the hub's thread and the store's say to each other: structured clones of the arguments and answers of core's
// port. Only a page comes packed, as SQLite makes it: measured, that takes both threads a third of the time. A commit
// goes as it is, since packing it would save no more than 0.25 us an entry.

import type { Store } from '../core/store.ts';

/** Opening the file is answered under this number, unasked; requests count from 1. */
export const OPENED = 0;

export type Method = keyof Store;

export interface Request {
  readonly id: number;
  readonly method: Method;
  readonly args: readonly unknown[];
}

/** A page: a JSON array of `[seq, at, kind's number, from, to, text]`. */
export type PackedPage = string;

/** What a method answers. */
export type AnswerTo<M extends Method> = M extends 'page' ? PackedPage : Awaited<ReturnType<Store[M]>>;

/**
 * `value`: only whoever asked knows its type. `failed`: the world's doing, a ChatError `store-failed`.
 * `bug`: the caller's or ours.
 */
export type Answer =
  | { readonly id: number; readonly value: never }
  | { readonly id: number; readonly failed: string }
  | { readonly id: number; readonly bug: string };
