type EnumValues<Value extends string> = Record<Value, { description: string }>;

/** Turns descriptions into the values of an enum. A missing value does not compile. */
export function describeValues<Value extends string>(descriptions: Record<Value, string>): EnumValues<Value> {
  return toEnumValues(Object.entries<string>(descriptions));
}

/** Turns names with descriptions into the values of an enum. */
export function toEnumValues<Value extends string>(
  values: readonly (readonly [name: string, description: string])[],
): EnumValues<Value> {
  const entries = values.map(([name, description]) => [name, { description }]);
  return Object.fromEntries(entries) as EnumValues<Value>;
}
