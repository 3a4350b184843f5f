import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as OTLP writes it in JSON. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: { key: string; value: { stringValue?: string } }[];
  links: { traceId: string; spanId: string }[];
  status: { code: number };
}

/** A collector of traces that keeps what it receives. */
export interface Collector {
  url: string;
  /** The spans that were sent as JSON. */
  spans: Span[];
  /** The path and media type of each request. */
  requests: string[];
  /** The resources of the spans. */
  services: Set<string | undefined>;
  /** Everything received, as text. */
  text: string;
  close(): Promise<void>;
}

interface Export {
  resourceSpans: {
    resource: { attributes: Span['attributes'] };
    scopeSpans: { spans: Span[] }[];
  }[];
}

export async function startCollector(): Promise<Collector> {
  const collector: Collector = {
    ...{ url: '', spans: [], requests: [], services: new Set(), text: '' },
    close: async () => undefined,
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const contentType = request.headers['content-type'] ?? '';
    collector.requests.push(`${request.url} ${contentType}`);
    collector.text += text;
    if (contentType === 'application/json') {
      for (const { resource, scopeSpans } of (JSON.parse(text) as Export).resourceSpans) {
        const name = resource.attributes.find(({ key }) => key === 'service.name');
        collector.services.add(name?.value.stringValue);
        collector.spans.push(...scopeSpans.flatMap(({ spans }) => spans));
      }
    }
    response.writeHead(200, { 'content-type': contentType }).end(contentType.includes('json') ? '{}' : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  collector.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  collector.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return collector;
}
