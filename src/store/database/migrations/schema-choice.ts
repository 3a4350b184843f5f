/** The schema that contains the tables, and whether an operator chose it. */
export interface SchemaChoice {
  schema: string;
  isChosen: boolean;
}

/** Where the tables are when nothing else is said. */
const DEFAULT_SCHEMA = 'public';

/** The choice that the setting DATABASE_SCHEMA stands for. */
export function toSchemaChoice(databaseSchema?: string): SchemaChoice {
  return { schema: databaseSchema ?? DEFAULT_SCHEMA, isChosen: databaseSchema !== undefined };
}

/** Tells whether a text can be the name of our schema: simple enough to be read and typed, and not one of PostgreSQL's own. */
export function isSchemaName(text: string): boolean {
  return (
    /^[a-z_][a-z0-9_-]{0,62}$/i.test(text) &&
    !/^(pg_.*|information_schema|projections_rebuild.*)$/i.test(text)
  );
}
