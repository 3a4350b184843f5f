import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const toBrotli = promisify(brotliCompress);
const toGzip = promisify(gzip);

/** Quality 5 makes GraphiQL's 9 MB a sixth as large within a second; the highest takes minutes for a tenth less. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

type Encoding = 'br' | 'gzip' | 'identity';

/** A text that does not change while the process runs. Each encoding is made when a client first asks for it, then kept. */
export class StaticFile {
  /** The first 16 hexadecimal digits of the SHA-256 of the text. */
  readonly hash: string;
  readonly #text: string;
  readonly #contentType: string;
  readonly #encoded = new Map<Encoding, Promise<Buffer>>();

  constructor(text: string, contentType: string) {
    this.hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
    this.#text = text;
    this.#contentType = contentType;
  }

  /** Answers GET and HEAD, with 304 where the client has this version already. `headers` are added to the answer. */
  async serve(request: IncomingMessage, response: ServerResponse, headers: Record<string, string>) {
    const encoding = chooseEncoding(request.headers['accept-encoding']);
    // Two encodings are two representations, so each has an entity tag of its own (RFC 9110, 8.8.3).
    const etag = `"${this.hash}-${encoding}"`;
    const common = { vary: 'accept-encoding', 'x-content-type-options': 'nosniff', ...headers, etag };
    if (namesTag(request.headers['if-none-match'], etag)) {
      response.writeHead(304, common).end();
      return;
    }
    const body = await this.#encode(encoding);
    response.writeHead(200, {
      ...common,
      ...(encoding !== 'identity' && { 'content-encoding': encoding }),
      'content-type': this.#contentType,
      'content-length': body.length,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  #encode(encoding: Encoding): Promise<Buffer> {
    const text = Buffer.from(this.#text);
    if (encoding === 'identity') return Promise.resolve(text);
    let encoded = this.#encoded.get(encoding);
    if (encoded === undefined) {
      encoded = encoding === 'br' ? toBrotli(text, BROTLI) : toGzip(text);
      this.#encoded.set(encoding, encoded);
    }
    return encoded;
  }
}

/** The best encoding that an Accept-Encoding header allows; a missing header allows none (RFC 9110, 12.5.3). */
function chooseEncoding(header: string | string[] | undefined): Encoding {
  const allowed = new Map<string, boolean>();
  for (const part of String(header ?? '').split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    allowed.set(name, !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)));
  }
  const isAllowed = (encoding: Encoding) => allowed.get(encoding) ?? allowed.get('*') ?? false;
  if (isAllowed('br')) return 'br';
  return isAllowed('gzip') ? 'gzip' : 'identity';
}

/** Whether If-None-Match names the tag. Proxies may have made the tag a weak one. */
function namesTag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
