/** An open span. */
export interface OpenSpan {
  /** Runs work, so that spans which it starts are children of this one. */
  run<T>(work: () => T): T;
  end(isOk: boolean): void;
}

/** Names a span in the links of another one. */
export interface SpanLink {
  traceId: string;
  spanId: string;
  traceFlags: number;
}

/** A delivery of an event by this server. */
export interface TracedDelivery {
  field: string;
  type: string;
  /** The event's own `traceparent`. */
  traceparent: unknown;
  /** In milliseconds since 1970. */
  receivedAt: number;
  deliveredAt: number;
}

/**
 * Traces of the service (README, "Traces"). No span contains a variable, a document, a value of a
 * statement or a payload.
 */
export interface Tracing {
  /** Starts the server span of an operation. `traceparent` is the header of its request. */
  startOperation(type: string, name: string | undefined, traceparent: unknown): OpenSpan;
  /** Starts a span of a statement in the current operation or commit; undefined outside of both. */
  startStatement(text: string): OpenSpan | undefined;
  /** Starts the span of an ingest transaction, a trace of its own with links to operations. */
  startCommit(links: readonly SpanLink[], events: number): OpenSpan;
  recordDelivery(delivery: TracedDelivery): void;
  /** The span in which the calling code runs. */
  current(): SpanLink | undefined;
  /** Sends what is left. */
  close(): Promise<void>;
}
