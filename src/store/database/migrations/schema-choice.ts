/** The schema that contains the tables, and whether an operator chose it. */
export interface SchemaChoice {
  schema: string;
  isChosen: boolean;
}

/** The schema without DATABASE_SCHEMA. */
const DEFAULT_SCHEMA = 'public';

/** Returns the choice of the setting DATABASE_SCHEMA. */
export function toSchemaChoice(databaseSchema?: string): SchemaChoice {
  return { schema: databaseSchema ?? DEFAULT_SCHEMA, isChosen: databaseSchema !== undefined };
}

/** Returns whether a text is a simple schema name that is not reserved. */
export function isSchemaName(text: string): boolean {
  return (
    /^[a-z_][a-z0-9_-]{0,62}$/i.test(text) &&
    !/^(pg_.*|information_schema|projections_rebuild.*)$/i.test(text)
  );
}
