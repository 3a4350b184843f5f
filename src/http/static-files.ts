import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Coding, chooseCoding, compress } from './coding/content-coding.ts';

/** Quality 5 compresses GraphiQL's 9 MB to a sixth within a second; the best takes minutes. */
const KEPT = { brotli: 5, gzip: 6 };

/** Constant contents. Each encoding is given, or created on demand and cached. */
export class StaticFile {
  /** The first 16 hexadecimal digits of the SHA-256 of the contents. */
  readonly hash: string;
  readonly #contents: string | Buffer;
  readonly #contentType: string;
  readonly #encoded = new Map<Coding, Buffer | Promise<Buffer>>();

  constructor(
    contents: string | Buffer,
    contentType: string,
    encoded: Partial<Record<'br' | 'gzip', Buffer>> = {},
  ) {
    this.hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
    this.#contents = contents;
    this.#contentType = contentType;
    if (encoded.br) this.#encoded.set('br', encoded.br);
    if (encoded.gzip) this.#encoded.set('gzip', encoded.gzip);
  }

  /** Answers GET and HEAD, with 304 if the client has this version. `headers` are added. */
  async serve(request: IncomingMessage, response: ServerResponse, headers: Record<string, string>) {
    const encoding = chooseCoding(request.headers['accept-encoding']);
    // Each encoding is a representation with its own entity tag (RFC 9110, 8.8.3).
    const etag = `"${this.hash}-${encoding}"`;
    const common = { vary: 'accept-encoding', ...headers, etag };
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

  #encode(encoding: Coding): Buffer | Promise<Buffer> {
    let encoded = this.#encoded.get(encoding);
    if (encoded === undefined) {
      if (encoding === 'identity') return Buffer.from(this.#contents);
      encoded = compress(this.#contents, encoding, KEPT);
      this.#encoded.set(encoding, encoded);
    }
    return encoded;
  }
}

/** Returns whether If-None-Match names the tag, also as a weak one from a proxy. */
function namesTag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
