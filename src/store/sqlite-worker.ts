// The entry of the store's threads: commits wait for the disk, and must not keep the hub waiting with them.

import { strict as assert } from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { ChatError } from '../core/errors.ts';
import type { Task } from './messages.ts';
import { prove } from './proof.ts';
import { serve } from './serve.ts';

assert(parentPort !== null, 'this file is the start of a worker thread');
const task: Task = workerData;
if ('serve' in task) {
  serve(parentPort, task.serve);
} else {
  try {
    prove(task.prove);
    parentPort.postMessage(null);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    parentPort.postMessage(error.message);
  }
}
