import {
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';
import { listFields, toComposite } from '../schema-walk/selections.ts';

/** Texts, numbers and other values for arguments. */
export interface Odds {
  texts: readonly string[];
  numbers: readonly number[];
}

const DEEPEST_SELECTION = 4;
const DEEPEST_INPUT = 4;

/**
 * Writes operations from a schema. The tape of numbers makes every choice, so equal tapes write
 * equal operations, and a shorter tape a smaller one.
 */
export class QueryTape {
  readonly #schema: GraphQLSchema;
  readonly #odds: Odds;
  readonly #tape: readonly number[];
  #at = 0;
  #variables: Record<string, unknown> = {};
  #declared: string[] = [];

  constructor(schema: GraphQLSchema, odds: Odds, tape: readonly number[]) {
    this.#schema = schema;
    this.#odds = odds;
    this.#tape = tape;
  }

  toOperation(): { query: string; variables: Record<string, unknown> } {
    const isMutation = this.#choose(12) === 11;
    const root = isMutation ? this.#schema.getMutationType() : this.#schema.getQueryType();
    if (!root) throw new Error('The schema has no such root.');
    const selection = this.#select(root, 0);
    const declared = this.#declared.length > 0 ? `(${this.#declared.join(', ')})` : '';
    return {
      query: `${isMutation ? 'mutation' : 'query'} ${declared} ${selection}`,
      variables: this.#variables,
    };
  }

  /** A number below `count`; 0 once the tape has ended. */
  #choose(count: number): number {
    const number = this.#tape[this.#at] ?? 0;
    this.#at += 1;
    return count === 0 ? 0 : number % count;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#choose(items.length)] as T;
  }

  #select(type: GraphQLCompositeType, level: number): string {
    const types = isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [];
    const parts = ['__typename'];
    // Fields of one name conflict, so each is selected once.
    const names = new Set<string>();
    for (let count = this.#choose(4); count >= 0; count -= 1) {
      const parent = types.length > 0 && this.#choose(2) === 1 ? this.#pick(types) : type;
      const field = this.#pickField(parent, level);
      if (field === undefined || names.has(field.name)) continue;
      names.add(field.name);
      const text = this.#writeField(field, level);
      parts.push(parent === type ? text : `... on ${parent.name} { ${text} }`);
    }
    return `{ ${parts.join(' ')} }`;
  }

  #pickField(type: GraphQLCompositeType, level: number): GraphQLField<unknown, unknown> | undefined {
    const fields = listFields(type).filter(
      ({ type: fieldType }) => level < DEEPEST_SELECTION || isLeafType(getNamedType(fieldType)),
    );
    return fields.length > 0 ? this.#pick(fields) : undefined;
  }

  #writeField(field: GraphQLField<unknown, unknown>, level: number): string {
    const named = getNamedType(field.type);
    const inner = isLeafType(named) ? '' : this.#select(toComposite(named), level + 1);
    return `${field.name}${this.#writeArguments(field)} ${inner}`;
  }

  #writeArguments({ args }: GraphQLField<unknown, unknown>): string {
    const passed = args.flatMap(({ name, type }) => {
      if (!isNonNullType(type) && this.#choose(2) === 0) return [];
      const value = this.#toValue(type, 0);
      if (this.#choose(3) === 0) return [`${name}: ${this.#toLiteral(value, type)}`];
      const variable = `v${this.#declared.length}`;
      this.#declared.push(`$${variable}: ${type}`);
      this.#variables[variable] = value;
      return [`${name}: $${variable}`];
    });
    return passed.length > 0 ? `(${passed.join(', ')})` : '';
  }

  /** A value for a type; one in ten is of a wrong kind. */
  #toValue(type: GraphQLInputType, level: number): unknown {
    if (this.#choose(10) === 9) return this.#toWrongValue();
    if (isNonNullType(type)) return this.#toValue(type.ofType, level);
    if (isListType(type)) {
      return Array.from({ length: this.#choose(4) }, () => this.#toValue(type.ofType, level));
    }
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      const chosen = fields.filter(({ type: fieldType }) => isNonNullType(fieldType));
      if (level < DEEPEST_INPUT)
        for (let count = this.#choose(3); count >= 0; count -= 1) chosen.push(this.#pick(fields));
      return Object.fromEntries(chosen.map((field) => [field.name, this.#toValue(field.type, level + 1)]));
    }
    if (isEnumType(type)) return this.#pick(type.getValues()).name;
    if (type.name === 'Boolean') return this.#choose(2) === 1;
    if (/^(?:Int|SafeInt)$/.test(type.name))
      return this.#choose(2) ? this.#choose(100) + 1 : this.#pick(this.#odds.numbers);
    return this.#pick(this.#odds.texts);
  }

  #toWrongValue(): unknown {
    const { texts, numbers } = this.#odds;
    return this.#pick<unknown>([
      null,
      [],
      {},
      [null],
      [[]],
      { a: 1 },
      true,
      this.#pick(texts),
      this.#pick(numbers),
    ]);
  }

  #toLiteral(value: unknown, type: GraphQLInputType): string {
    if (Array.isArray(value))
      return `[${value.map((item) => this.#toLiteral(item, isListType(type) ? type.ofType : type)).join(', ')}]`;
    if (typeof value === 'object' && value !== null) {
      return `{ ${Object.entries(value)
        .map(([key, child]) => `${key}: ${this.#toLiteral(child, type)}`)
        .join(', ')} }`;
    }
    const text = JSON.stringify(value);
    // Words of enums are written without quotation marks.
    return typeof value === 'string' && /^[A-Z][A-Z_]*$/.test(value) ? value : text;
  }
}
