import type { FieldNullability, InputFieldMap, SchemaTypes, TypeParam } from '@pothos/core';
import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { Refusal } from '../domain/refusal.ts';
import type { Caller, GraphContext, Scope } from './context.ts';

/*
 * What a caller needs for a field is stated in one place: the option `scope` of each field of
 * Query, Mutation and Subscription. A field without it does not compile, and `enforceScopes` does
 * not build a schema with one. Fields below the root need nothing more.
 */

/**
 * The scope that a root field needs. `of the node type`: the field finds rows of any type, and the
 * scope is that of the row's type, from `registerNode`.
 */
export type FieldScope = Scope | 'any token' | 'of the node type';

interface ScopeOption {
  scope: FieldScope;
}

declare global {
  namespace PothosSchemaTypes {
    interface QueryFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > extends ScopeOption {}
    interface MutationFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > extends ScopeOption {}
    interface SubscriptionFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveShape,
      ResolveReturnShape,
    > extends ScopeOption {}
  }
}

declare module 'graphql' {
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    /** The options of the field, set by Pothos. */
    pothosOptions?: Partial<ScopeOption>;
  }
}

/** Throws FORBIDDEN if the caller lacks the scope, or may not act for the tenant of the request. */
export function requireAccess({ scopes, tenantRefusal }: Caller, scope: FieldScope): void {
  const isScope = scope !== 'any token' && scope !== 'of the node type';
  if (isScope && !scopes.includes(scope)) {
    throw new Refusal('FORBIDDEN', `This needs the scope ${scope}.`);
  }
  if (tenantRefusal !== undefined) throw tenantRefusal;
}

/**
 * Makes every root field check its scope before it resolves, or before it subscribes. Returns the
 * schema. Throws if a root field states no scope.
 */
export function enforceScopes(schema: GraphQLSchema): GraphQLSchema {
  const subscription = schema.getSubscriptionType();
  const missing: string[] = [];
  for (const type of [schema.getQueryType(), schema.getMutationType(), subscription]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const scope = field.extensions.pothosOptions?.scope;
      if (scope === undefined) missing.push(`${type?.name}.${field.name}`);
      else if (type === subscription) field.subscribe = check(scope, field.subscribe);
      else field.resolve = check(scope, field.resolve);
    }
  }
  if (missing.length === 0) return schema;
  throw new Error(`Root fields without the option scope: ${missing.join(', ')}.`);
}

type Resolver = GraphQLFieldResolver<unknown, GraphContext>;

function check(scope: FieldScope, resolve: Resolver = defaultFieldResolver): Resolver {
  return (root, args, context, info) => {
    requireAccess(context.caller, scope);
    return resolve(root, args, context, info);
  };
}
