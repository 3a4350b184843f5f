import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';
import type { OpenSpan, Tracing } from './tracing.ts';

/** A stop waits so long for the collector. */
const CLOSE_MS = 1_000;
/** The most characters of a statement or of a message of the exporter. */
const MAX_TEXT = 2_000;

/**
 * Exports traces by OTLP. The packages read endpoint, headers, sampler, limits and resource from
 * the OTEL_* variables of the process.
 */
export function startTracing(protocol: 'http/protobuf' | 'http/json', log: Logger): Tracing {
  const warn = (message: string) =>
    log.warn({ reason: message.slice(0, MAX_TEXT) }, 'exporting traces failed');
  const ignore = () => undefined;
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const exporter = protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'qlik-event-graph' }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('qlik-event-graph');
  const active = new AsyncLocalStorage<Span>();

  const toOpen = (span: Span): OpenSpan => ({
    run: (work) => active.run(span, work),
    end(isOk) {
      if (!isOk) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  });

  return {
    startOperation(type, name, traceparent) {
      const attributes: Attributes = { 'graphql.operation.type': type };
      if (name !== undefined) attributes['graphql.operation.name'] = name;
      const title = name === undefined ? type : `${type} ${name}`;
      return toOpen(tracer.startSpan(title, { kind: SpanKind.SERVER, attributes }, toParent(traceparent)));
    },
    startStatement(text) {
      const parent = active.getStore();
      if (parent?.isRecording() !== true) return undefined;
      const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text.slice(0, MAX_TEXT) };
      const name = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? 'SQL';
      const context = trace.setSpan(ROOT_CONTEXT, parent);
      return toOpen(tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, context));
    },
    startCommit(links, events) {
      const options = {
        attributes: { 'qeg.commit.items': events },
        links: links.map((context) => ({ context })),
      };
      return toOpen(tracer.startSpan('commit', options, ROOT_CONTEXT));
    },
    recordDelivery({ field, type, traceparent, receivedAt, deliveredAt }) {
      const parent = toParent(traceparent);
      const ofEvent = trace.getSpanContext(parent);
      const options = {
        kind: SpanKind.PRODUCER,
        attributes: { 'qeg.subscription.field': field, 'qeg.event.type': type },
        startTime: receivedAt,
        ...(ofEvent && { links: [{ context: ofEvent }] }),
      };
      tracer.startSpan('deliver', options, parent).end(deliveredAt);
    },
    current: () => active.getStore()?.spanContext(),
    async close() {
      const late = new Promise<void>((resolve) => {
        setTimeout(resolve, CLOSE_MS).unref();
      });
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
    },
  };
}

/** Returns the context of a `traceparent`, or of a new trace if it is none. */
function toParent(traceparent: unknown): Context {
  const context = typeof traceparent === 'string' ? parseTraceParent(traceparent) : null;
  return context === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...context, isRemote: true });
}
