import { type Change, CriticalityLevel, diff } from '@graphql-inspector/core';
import {
  buildSchema,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

/** What differs between the released schema and the current one. */
export interface SchemaChanges {
  /** Changes that break clients and that the changelog names. */
  announced: string[];
  /** Changes that may surprise a client, such as a new enum value. */
  dangerous: string[];
  /** What has to be corrected before the schema can be released. */
  problems: string[];
}

/** A line of the changelog that announces a breaking change: CONTRIBUTING.md, "Release". */
const ANNOUNCEMENT = /^\* Breaking: `([^`]+)`/gm;
/** CONTRIBUTING.md, "Rules". */
const DEPRECATION = /^\S.*\S Deprecated (\d{4}-\d{2}-\d{2})\.$/s;

/**
 * Compares the current schema with the released one. A breaking change is a problem unless the
 * changelog's unreleased part announces it; so is an announcement without such a change, and a
 * deprecation without a reason and a date.
 */
export async function compareSchemas(
  released: string,
  current: string,
  changelog: string,
): Promise<SchemaChanges> {
  const schema = buildSchema(current);
  const changes = await diff(buildSchema(released), schema);
  const breaking = changes.filter(isOf(CriticalityLevel.Breaking));
  const broken = new Set(breaking.map(({ path }) => path));
  const [unreleased = ''] = changelog.split(/^(?=## )/m).filter((part) => part.startsWith('## Unreleased\n'));
  const announced = new Set([...unreleased.matchAll(ANNOUNCEMENT)].map(([, path = '']) => path));
  const isAnnounced = ({ path }: Change) => announced.has(path ?? '');
  return {
    announced: breaking.filter(isAnnounced).map(toText),
    dangerous: changes.filter(isOf(CriticalityLevel.Dangerous)).map(toText),
    problems: [
      ...breaking
        .filter((change) => !isAnnounced(change))
        .map(
          (change) => `${toText(change)} Announce it in CHANGELOG.md: "* Breaking: \`${change.path}\` …".`,
        ),
      ...[...announced]
        .filter((path) => !broken.has(path))
        .map((path) => `CHANGELOG.md announces a breaking change of ${path}, which has none.`),
      ...listUndatedDeprecations(schema),
    ],
  };
}

const isOf =
  (level: CriticalityLevel) =>
  ({ criticality }: Change) =>
    criticality.level === level;

function toText({ path, message }: Change): string {
  return `${path ?? 'schema'}: ${message}${message.endsWith('.') ? '' : '.'}`;
}

function listUndatedDeprecations(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap(listElements)
    .filter(({ deprecationReason }) => deprecationReason != null && !isDated(deprecationReason))
    .map(({ path }) => `${path}: a deprecation ends with "Deprecated YYYY-MM-DD." after its reason.`);
}

function isDated(reason: string): boolean {
  const [, date] = DEPRECATION.exec(reason) ?? [];
  // An unknown day, such as 2026-02-30, is another one or none.
  return (
    date !== undefined && !Number.isNaN(Date.parse(date)) && new Date(date).toISOString().startsWith(date)
  );
}

interface Element {
  path: string;
  deprecationReason: string | null | undefined;
}

/** Lists what can be deprecated: fields, arguments, input fields and enum values. */
function listElements(type: GraphQLNamedType): Element[] {
  const toElement =
    (parent: string) =>
    ({ name, deprecationReason }: { name: string; deprecationReason: string | null | undefined }) => ({
      path: `${parent}.${name}`,
      deprecationReason,
    });
  if (isEnumType(type)) return type.getValues().map(toElement(type.name));
  if (isInputObjectType(type)) return Object.values(type.getFields()).map(toElement(type.name));
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    toElement(type.name)(field),
    ...field.args.map(toElement(`${type.name}.${field.name}`)),
  ]);
}
