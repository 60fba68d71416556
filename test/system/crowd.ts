// The crowd as a program on a test machine. Each line of input is a wish, answered by a line when it is fulfilled:
// `hears N` for N more answers, `returns N` for the Nth return of all, `end` for the figures.

import { createInterface } from 'node:readline';
import { Crowd } from '../support/crowd.ts';

const crowd = new Crowd(3040, Number(process.env['CROWD_SIZE']));
await crowd.begin();
console.log('begun');
for await (const line of createInterface({ input: process.stdin })) {
  const [wish, count] = line.split(' ');
  if (wish === 'hears') await crowd.hears(crowd.answered + Number(count));
  else if (wish === 'returns') await crowd.returns(Number(count));
  else break;
  console.log(line);
}
console.log(JSON.stringify(await crowd.end()));
crowd.leave();
