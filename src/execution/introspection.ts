import { type DocumentNode, Kind, type SelectionSetNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';
import type { GraphContext } from '../graphql/context.ts';
import { toGraphqlError } from '../graphql/refusal-error.ts';
import { refuse, type Stage } from './operation-stages.ts';

/** Who may read the schema: every caller, callers with the scope events:admin, or no caller. */
export type IntrospectionAccess = 'all' | 'admin' | 'none';

/** Refuses operations that read the schema. `__typename` is no introspection. */
export function limitIntrospection(access: Exclude<IntrospectionAccess, 'all'>): Stage {
  const readsSchema = createCheck();
  return refuse(({ document, contextValue }) => {
    const { caller } = contextValue as GraphContext;
    const isAllowed = access === 'admin' && caller.scopes.includes('events:admin');
    if (isAllowed || !readsSchema(document)) return [];
    const message =
      access === 'admin' ? 'Introspection needs the scope events:admin.' : 'Introspection is off.';
    return [toGraphqlError(new Refusal('FORBIDDEN', message))];
  });
}

/** Removes suggestions from the errors of validation, unless every caller may read the schema. */
export function useHiddenSuggestions(access: IntrospectionAccess): Plugin {
  if (access === 'all') return {};
  return {
    onValidate() {
      return ({ result, setResult }) => setResult(result.map((error: Error) => withoutSuggestion(error)));
    },
  };
}

/** Removes the names that graphql-js suggests for an unknown one. */
export function withoutSuggestion<Shown extends Error>(error: Shown): Shown {
  error.message = error.message.replace(/ ?Did you mean .*$/s, '');
  return error;
}

/** Returns a check whether a document selects `__schema` or `__type`, cached by document. */
function createCheck(): (document: DocumentNode) => boolean {
  const cache = new WeakMap<DocumentNode, boolean>();
  return (document) => {
    const found =
      cache.get(document) ??
      document.definitions.some(
        (definition) => 'selectionSet' in definition && selectsSchema(definition.selectionSet),
      );
    cache.set(document, found);
    return found;
  };
}

/** Both fields exist at the root only, so selections below another field are not searched. */
function selectsSchema({ selections }: SelectionSetNode): boolean {
  return selections.some((selection) => {
    if (selection.kind === Kind.INLINE_FRAGMENT) return selectsSchema(selection.selectionSet);
    return selection.kind === Kind.FIELD && ['__schema', '__type'].includes(selection.name.value);
  });
}
