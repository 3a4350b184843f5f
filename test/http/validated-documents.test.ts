import { GraphQLError, parse } from 'graphql';
import { expect, test } from 'vitest';
import { useValidationCache } from '../../src/execution/validation-cache.ts';

/** Runs the hook on a document as Yoga does. Returns the errors it set, before validation. */
function validateWith(
  plugin: ReturnType<typeof useValidationCache>,
  document: object,
  found: GraphQLError[],
) {
  let set: readonly unknown[] | undefined;
  const payload = {
    params: { documentAST: document },
    setResult: (errors: unknown[]) => {
      set = errors;
    },
  };
  const after = plugin.onValidate?.(payload as never) as ((done: { result: unknown[] }) => void) | undefined;
  after?.({ result: found });
  return set;
}

test('the errors of a document are found once, and those of another document with this text anew', () => {
  const plugin = useValidationCache();
  const errors = [new GraphQLError('There is no such field.')];
  const document = parse('{ missing }');
  expect(validateWith(plugin, document, errors)).toBeUndefined();
  expect(validateWith(plugin, document, [])).toBe(errors);
  expect(validateWith(plugin, parse('{ missing }'), [])).toBeUndefined();
});

test('a valid document is not validated again', () => {
  const plugin = useValidationCache();
  const document = parse('{ __typename }');
  expect(validateWith(plugin, document, [])).toBeUndefined();
  expect(validateWith(plugin, document, [new GraphQLError('never found')])).toEqual([]);
});
