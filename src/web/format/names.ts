/** FINISHED_WITH_WARNINGS → Finished with warnings */
export function toWords(name: string): string {
  const words = name.toLowerCase().replaceAll('_', ' ');
  return (words.charAt(0).toUpperCase() + words.slice(1)).replace(/\bapi\b/i, 'API');
}

/** Returns the name of an automation or app, else its id, else "unnamed". */
export function toName(name: string | null | undefined, id?: string | null): string {
  return name?.trim() || id || 'unnamed';
}
