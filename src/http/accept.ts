/** The media types of answers of GraphQL over HTTP. */
const MEDIA_TYPES = [
  'application/json',
  'application/graphql-response+json',
  'text/event-stream',
  'multipart/mixed',
];

/** Returns what is wrong with an `Accept` header that admits no media type of an answer. */
export function findAcceptProblem(accept: string | null): string | undefined {
  if (accept === null || accept === '*/*') return undefined;
  const ranges = toRanges(accept);
  // GraphiQL has already answered a browser that requests a page.
  if (MEDIA_TYPES.some((type) => ranges.some((range) => covers(range, type)))) return undefined;
  return `Accept admits none of ${MEDIA_TYPES.slice(0, 3).join(', ')}.`;
}

interface MediaRange {
  type: string;
  parameters: readonly string[];
}

/** Parses the media ranges of an `Accept` header; a missing or empty one admits everything. */
function toRanges(accept: string | null): MediaRange[] {
  const header = accept === null || accept.trim() === '' ? '*/*' : accept;
  return header.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return { type, parameters };
  });
}

/** Returns whether a range admits a media type. As in Yoga, answers are UTF-8 only. */
function covers({ type, parameters }: MediaRange, mediaType: string): boolean {
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  if (charset !== undefined && charset !== 'charset=utf-8') return false;
  return type === '*/*' || type === mediaType || type === mediaType.replace(/\/.*/, '/*');
}

/** Returns whether an `Accept` header admits server-sent events; `q=0` refuses them. */
export function acceptsEventStream(accept: string | null): boolean {
  const ranges = toRanges(accept);
  // The most specific range decides (RFC 9110, 12.5.1).
  const closest = ['text/event-stream', 'text/*', '*/*']
    .map((wanted) => ranges.find(({ type }) => type === wanted))
    .find((range) => range !== undefined);
  return closest?.parameters.every((parameter) => !/^q=0(\.0*)?$/.test(parameter)) ?? false;
}
