/** What a tenant has, gathered from answers to it. */
export class Findings {
  /** Values other than null, by `Type.field`. */
  readonly #byCoordinate = new Map<string, Set<unknown>>();
  /** What was selected since the last new value; a walk asks for the same thousands of times. */
  readonly #selected = new Map<string, readonly unknown[]>();

  /** Gathers all values of a result, whose objects have `__typename`. */
  add(value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.add(item);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const { __typename: type, ...fields } = value as Record<string, unknown>;
    for (const [name, field] of Object.entries(fields)) {
      if (field === null) continue;
      if (typeof type === 'string') this.#note(`${type}.${name}`, field);
      // JSON values have no `__typename`, and what they hold is no field.
      if (type !== undefined || !isLeafObject(field)) this.add(field);
    }
  }

  /** The fields that had a value. */
  get coordinates(): string[] {
    return [...this.#byCoordinate.keys()];
  }

  /** The different values of all fields with this name, texts and numbers first. */
  named(name: string): readonly unknown[] {
    return this.#select(`named ${name}`, (field) => field === name);
  }

  /** The cursors of the pages of an edge type. */
  pageCursors(edge: string): string[] {
    return this.#texts(`cursors of ${edge}`, (field, type) => type === edge && field === 'cursor');
  }

  /** The cursors of the log. */
  get logCursors(): string[] {
    return this.#texts(
      'log cursors',
      (field, type) => /cursor$/i.test(field) && !/Edge$|^PageInfo$/.test(type),
    );
  }

  /** The cursors of all pages. */
  get allPageCursors(): string[] {
    return this.#texts('page cursors', (field, type) => field === 'cursor' && /Edge$/.test(type));
  }

  /** The global ids of one type, or of all. */
  globalIds(ofType?: string): string[] {
    return this.#texts(
      `global ids of ${ofType}`,
      (field, type) => field === 'id' && (ofType === undefined || type === ofType),
    );
  }

  /** Every text that could name a thing. */
  get ids(): string[] {
    return this.#texts('ids', (field) => /id$/i.test(field) || field === 'source');
  }

  /** Some ids of each field that holds ids. */
  sampleIds(perField: number): string[] {
    const fields = [...this.#byCoordinate].filter(([name]) => /id$|\.source$/i.test(name));
    return [...new Set(fields.flatMap(([, values]) => [...values].slice(0, perField)))].map(String);
  }

  #texts(name: string, matches: (field: string, type: string) => boolean): string[] {
    return this.#select(name, matches).filter((value) => typeof value === 'string');
  }

  /** The different values of the fields that match; `name` is different for each condition. */
  #select(name: string, matches: (field: string, type: string) => boolean): readonly unknown[] {
    const known = this.#selected.get(name);
    if (known !== undefined) return known;
    const found = [...this.#byCoordinate].filter(([coordinate]) => {
      const [type = '', field = ''] = coordinate.split('.');
      return matches(field, type);
    });
    const selected = [...new Set(found.flatMap(([, values]) => [...values]))];
    this.#selected.set(name, selected);
    return selected;
  }

  #note(coordinate: string, value: unknown): void {
    const values = this.#byCoordinate.get(coordinate) ?? new Set();
    this.#byCoordinate.set(coordinate, values);
    const count = values.size;
    values.add(typeof value === 'object' ? JSON.stringify(value) : value);
    if (values.size > count) this.#selected.clear();
  }
}

function isLeafObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !('__typename' in value);
}
