import type { ExecutionResult, GraphQLError } from 'graphql';

/** The JSON text of each result that subscribers share. */
const texts = new WeakMap<object, string>();

/** The JSON text of a result, made once per result. Errors lose their `http` extension, which is for HTTP answers only. */
export function toResultText(result: ExecutionResult): string {
  const known = texts.get(result);
  if (known !== undefined) return known;
  const { errors, ...others } = result;
  const text = JSON.stringify(errors === undefined ? others : { ...others, errors: errors.map(toPlain) });
  texts.set(result, text);
  return text;
}

function toPlain(error: GraphQLError): object {
  const { extensions, ...others } = error.toJSON();
  const { http: _http, ...shown } = extensions ?? {};
  return { ...others, extensions: shown };
}
