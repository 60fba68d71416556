// What systemd knows of chatroom's two units.

import { answerOf } from './tool.ts';

const PROPERTIES = [
  'Id',
  'LoadState',
  'ActiveState',
  'SubState',
  'Result',
  'MainPID',
  'NRestarts',
  'UnitFileState',
  'NeedDaemonReload',
  'LimitNOFILE',
];

/** Properties of a unit, as systemctl(1) shows them. One that a unit has not got is the empty text. */
export interface Unit {
  readonly get: (property: string) => string;
}

export interface Units {
  readonly service: Unit;
  readonly socket: Unit;
}

/** The units, or why systemd cannot be asked. */
export async function askSystemd(): Promise<Units | { readonly why: string }> {
  const names = ['chatroom.service', 'chatroom.socket'];
  const answer = await answerOf('systemctl', ['show', ...names, `--property=${PROPERTIES.join(',')}`]);
  if ('why' in answer) return answer;
  const units = answer.out.split('\n\n').map(unitOf);
  const named = (name: string): Unit => units.find(({ get }) => get('Id') === name) ?? unitOf('');
  return { service: named('chatroom.service'), socket: named('chatroom.socket') };
}

function unitOf(block: string): Unit {
  const values = new Map(
    block.split('\n').map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  return { get: (property) => values.get(property) ?? '' };
}
