// The store's worker as it is when things go wrong: asked for its stats it dies, in the way that the file's name says; and
// a copy that it is to prove it never comes to an end with.

import { strict as assert } from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import type { Task } from '../../src/store/messages.ts';
import { serve } from '../../src/store/serve.ts';

assert(parentPort !== null);
const task: Task = workerData;
const file = 'serve' in task ? task.serve : '';

parentPort.on('message', ({ method }: { method: string }) => {
  if (method !== 'stats') return;
  if (file.endsWith('exit.db')) process.exit(7);
  if (file.endsWith('throw.db')) throw new Error('the worker stumbled');
  const hoard: number[][] = [];
  for (;;) hoard.push(Array.from({ length: 100_000 }, Math.random));
});
if ('serve' in task) serve(parentPort, file);
