import { type ExecProtocolOptions, messages, PGlite, protocol } from '@electric-sql/pglite';

/**
 * PGlite that returns texts as stored. PGlite 0.5.16 decodes every value with a TextDecoder
 * that removes a byte order mark, so a text that begins with U+FEFF loses it. PGlite offers no
 * option for that, and its parsers run after the decoding.
 *
 * All queries pass through the public method `execProtocolStream`. This class overrides it: it
 * reads the raw answer from `execProtocolRawStream`, doubles the marks at the beginning of
 * values, and decodes the answer with PGlite's own protocol parser, which removes one mark of
 * two.
 *
 * `test/store/byte-order-marks.test.ts` fails without this class, and if a new PGlite keeps
 * the mark. Notifications (LISTEN) are not dispatched, because the service does not use them
 * here.
 */
export class ExactTextPglite extends PGlite {
  readonly #parser = new protocol.Parser();

  override async execProtocolStream(
    message: Uint8Array,
    { syncToFs = true, throwOnError = true, onNotice }: ExecProtocolOptions = {},
  ): ReturnType<PGlite['execProtocolStream']> {
    const chunks: Uint8Array[] = [];
    // The chunk is a view of memory that the next statement overwrites.
    const onRawData = (chunk: Uint8Array) => chunks.push(chunk.slice());
    await this.execProtocolRawStream(message, { syncToFs, onRawData });
    const answers: Awaited<ReturnType<PGlite['execProtocolStream']>> = [];
    let failure: Error | undefined;
    this.#parser.parse(doubleMarks(toOne(chunks)), (answer) => {
      if (failure !== undefined) return;
      if (throwOnError && answer instanceof messages.DatabaseError) failure = answer;
      else if (answer instanceof messages.NoticeMessage) onNotice?.(answer);
      answers.push(answer);
    });
    if (failure !== undefined) throw failure;
    return answers;
  }
}

function toOne(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
}

const MARK = Buffer.from('\ufeff');
const DATA_ROW = 'D'.charCodeAt(0);
const HEADER_BYTES = 5;
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;

/**
 * Doubles the byte order mark at the beginning of each value in an answer of PostgreSQL
 * ("Message Formats", DataRow: type, length, number of values, then length and bytes of each
 * value; length −1 is null).
 */
function doubleMarks(answer: Uint8Array): Uint8Array {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
  if (!bytes.includes(MARK)) return answer;
  const parts: Uint8Array[] = [];
  let start = 0;
  while (start + HEADER_BYTES <= bytes.length) {
    const end = start + 1 + bytes.readUInt32BE(start + 1);
    const message = bytes.subarray(start, end);
    parts.push(bytes[start] === DATA_ROW ? doubleInRow(message) : message);
    start = end;
  }
  return Buffer.concat(parts);
}

function doubleInRow(row: Buffer): Buffer {
  const parts: Uint8Array[] = [row.subarray(0, HEADER_BYTES + COUNT_BYTES)];
  for (let start = HEADER_BYTES + COUNT_BYTES; start < row.length; ) {
    const length = row.readInt32BE(start);
    const end = start + LENGTH_BYTES + Math.max(length, 0);
    const value = row.subarray(start + LENGTH_BYTES, end);
    if (value.subarray(0, MARK.length).equals(MARK)) parts.push(toInt32(length + MARK.length), MARK, value);
    else parts.push(row.subarray(start, end));
    start = end;
  }
  const doubled = Buffer.concat(parts);
  doubled.writeUInt32BE(doubled.length - 1, 1);
  return doubled;
}

function toInt32(value: number): Buffer {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeInt32BE(value);
  return bytes;
}
