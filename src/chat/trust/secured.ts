// TLS over a connection that is there already. Certificates are not looked at, only the key in them: a hub has no name
// that an authority could vouch for, so its key is compared with the one that is known, as ssh does.

import { createHash, type KeyObject } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { addressText } from '../address.ts';
import { Ending } from '../ending.ts';
import type { Connecting } from '../tcp.ts';
import type { SecureChannel } from './channel.ts';

export interface Secured {
  readonly socket: TLSSocket;
  readonly channel: SecureChannel;
}

/** Whoever answers does so in plain text. */
export class PlainAnswer extends Ending {}

/**
 * Shakes hands, TLS 1.3 or 1.2; the peer has then proved that it has the key of `channel.pin`, and nothing was said.
 * @throws Ending with status 3 when the peer does not speak TLS; whatever the signal was aborted with.
 */
export function secured(tcp: Socket, { address, timing, signal }: Connecting): Promise<Secured> {
  const { promise, resolve, reject } = Promise.withResolvers<Secured>();
  signal.throwIfAborted();
  const socket = connect({
    socket: tcp,
    // The key is compared by whoever asked, before anything is sent.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    // RFC 6066: an address is no server name.
    ...(isIP(address.host) === 0 ? { servername: address.host } : {}),
  });
  const where = addressText(address);
  const timer = setTimeout(
    () => fail(new Ending(3, noTls(`${where} does not answer in TLS`, where))),
    timing.answerMs,
  );
  const onError = ({ code = '' }: NodeJS.ErrnoException): void => {
    const hungUp = code === 'ECONNRESET' || code === 'EPIPE';
    if (code === 'ERR_SSL_WRONG_VERSION_NUMBER')
      fail(new PlainAnswer(3, noTls(`${where} answers in plain text`, where)));
    else if (hungUp)
      fail(new Ending(3, noTls(`${where} ended the connection instead of answering in TLS`, where)));
    else fail(new Ending(3, noTls(`${where} does not speak TLS as it should (${code})`, where)));
  };
  const onClose = (): void => onError({ code: 'ECONNRESET' } as NodeJS.ErrnoException);
  const done = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onClose);
    socket.off('error', onError).off('close', onClose);
    // Later errors are followed by a close, which is what everybody here listens to.
    socket.on('error', () => {});
  };
  const fail = (ending: Ending): void => {
    done();
    socket.destroy();
    reject(ending);
  };
  socket.on('error', onError).on('close', onClose);
  signal.addEventListener('abort', onClose, { once: true });
  socket.once('secureConnect', () => {
    const channel = channelOf(socket);
    if (channel === null) {
      fail(new Ending(3, noTls(`${where} shows no key that can be read`, where)));
      return;
    }
    done();
    resolve({ socket, channel });
  });
  return promise;
}

function noTls(what: string, where: string): string {
  return `${what}: try again; a server that has plain text only, such as the original, is reached by chat --plain ${where}`;
}

/** What the handshake has shown; null when its key is of a kind unknown here. */
function channelOf(socket: TLSSocket): SecureChannel | null {
  const publicKey = keyOf(socket);
  if (publicKey === null) return null;
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return {
    kind: 'tls',
    pin: `sha256-${createHash('sha256').update(spki).digest('base64url')}`,
    publicKey,
    binding: socket.getProtocol() === 'TLSv1.3' ? bindingOf(socket) : null,
  };
}

function keyOf(socket: TLSSocket): KeyObject | null {
  try {
    return socket.getPeerX509Certificate()?.publicKey ?? null;
  } catch {
    return null;
  }
}

/** RFC 9266, section 4.2: this label, no context, 32 bytes. In TLS 1.3 no context and an empty one are the same. */
function bindingOf(socket: TLSSocket): string {
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('base64url');
}
