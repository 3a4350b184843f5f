/** The kinds of ids that `setNames` can name. */
export const NAMED_KINDS = ['AUTOMATION', 'CONNECTOR', 'ENDPOINT', 'SPACE', 'USER'] as const;

export type NamedKind = (typeof NAMED_KINDS)[number];
