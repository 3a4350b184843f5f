import { connect } from 'node:net';

/**
 * What came back over a socket: the status of the first answer (0 for none) and all the bytes as
 * text.
 */
export interface RawAnswer {
  status: number;
  text: string;
}

/**
 * Writes bytes to a service as they are, as no HTTP client would, and reads until the service
 * closes, `quietMs` pass, or the text `isWhole`.
 */
export function sendRaw(
  url: string,
  bytes: string | Buffer,
  quietMs = 5_000,
  isWhole: (text: string) => boolean = () => false,
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (isWhole(text)) socket.destroy();
    });
    // A reset after the answer is an answer too.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text }));
  });
}
