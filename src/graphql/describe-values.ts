/** Turns descriptions into the values of an enum. A missing value does not compile. */
export function describeValues<Value extends string>(
  descriptions: Record<Value, string>,
): Record<Value, { description: string }> {
  const entries = Object.entries<string>(descriptions).map(([value, description]) => [
    value,
    { description },
  ]);
  return Object.fromEntries(entries) as Record<Value, { description: string }>;
}
