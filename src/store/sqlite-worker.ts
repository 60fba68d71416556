// The entry of the store's thread: commits wait for the disk, and must not keep the hub waiting with them.

import { strict as assert } from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { serve } from './serve.ts';

assert(parentPort !== null, 'this file is the start of a worker thread');
serve(parentPort, String(workerData));
