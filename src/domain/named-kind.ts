/** What ids can have a name by `setNames`, which events leave unnamed. */
export const NAMED_KINDS = ['AUTOMATION', 'CONNECTOR', 'ENDPOINT', 'SPACE', 'USER'] as const;

export type NamedKind = (typeof NAMED_KINDS)[number];
