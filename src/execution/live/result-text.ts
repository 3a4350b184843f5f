import type { ExecutionResult, GraphQLError } from 'graphql';

/** The JSON text of each result that subscribers share. */
const texts = new WeakMap<object, string>();

/**
 * Returns the JSON text of a result, made once per result. Removes the `http` extension of
 * errors, which is for HTTP answers only.
 */
export function toResultText(result: ExecutionResult): string {
  const cached = texts.get(result);
  if (cached !== undefined) return cached;
  const { errors, ...others } = result;
  const text = JSON.stringify(
    errors === undefined ? others : { ...others, errors: errors.map(toErrorPayload) },
  );
  texts.set(result, text);
  return text;
}

/** Converts an error for a client outside of HTTP. */
export function toErrorPayload(error: GraphQLError): object {
  const { extensions, ...others } = error.toJSON();
  if (extensions === undefined) return others;
  const { http: _http, ...shown } = extensions;
  return { ...others, extensions: shown };
}
