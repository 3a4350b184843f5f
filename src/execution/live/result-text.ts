import type { ExecutionResult, GraphQLError } from 'graphql';

/** Results that went to one subscriber go to others, so their texts are kept while they are. */
const texts = new WeakMap<object, string>();

/** The JSON text of a result, made once. What an error says of HTTP is not for streams. */
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
