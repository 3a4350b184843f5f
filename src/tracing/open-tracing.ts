import type { Logger } from 'pino';
import { Misconfiguration } from '../domain/misconfiguration.ts';
import type { Tracing } from './tracing.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Opens the export of traces if the standard OTEL_* variables name an endpoint. Without one the
 * packages of OpenTelemetry are not even loaded. Throws a Misconfiguration for another protocol.
 */
export async function openTracing(environment: Environment, log: Logger): Promise<Tracing | undefined> {
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT } = environment;
  const { OTEL_SDK_DISABLED = '', OTEL_TRACES_EXPORTER } = environment;
  const isDisabled = OTEL_SDK_DISABLED.toLowerCase() === 'true';
  const isOtlp = ['otlp', ''].includes(OTEL_TRACES_EXPORTER ?? '');
  if (!(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || OTEL_EXPORTER_OTLP_ENDPOINT) || isDisabled || !isOtlp) {
    return undefined;
  }
  const { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, OTEL_EXPORTER_OTLP_PROTOCOL } = environment;
  const protocol = OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || OTEL_EXPORTER_OTLP_PROTOCOL || 'http/protobuf';
  if (protocol !== 'http/protobuf' && protocol !== 'http/json') {
    throw new Misconfiguration(['OTEL_EXPORTER_OTLP_PROTOCOL: is not one of http/protobuf, http/json']);
  }
  const { startTracing } = await import('./otel-tracing.ts');
  return startTracing(protocol, log);
}
