import { type DocumentNode, type ExecutionArgs, getOperationAST, OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type GraphContext, readLogOf } from '../graphql/context.ts';
import { countFields, toFragments } from './fields.ts';

/**
 * Reads where the log ends before everything else of a query that asks for it. Reads of one query run at the same time, so a list could
 * be older than the head next to it, and a subscription that begins there would lack what came between the two.
 */
export function useLogFirst(): Plugin<GraphContext> {
  const known = new WeakMap<DocumentNode, Map<string, boolean>>();
  const asksForLog = ({ document, operationName }: ExecutionArgs): boolean => {
    const answers = known.get(document) ?? new Map<string, boolean>();
    const name = operationName ?? '';
    const answer = answers.get(name) ?? hasLogAmongOthers(document, operationName);
    known.set(document, answers.set(name, answer));
    return answer;
  };
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      if (!asksForLog(args)) return;
      setExecuteFn(async (executed: ExecutionArgs) => {
        // What fails is told by the field that asks for it.
        await readLogOf(args.contextValue).catch(() => undefined);
        return executeFn(executed);
      });
    },
  };
}

function hasLogAmongOthers(document: DocumentNode, operationName: string | null | undefined): boolean {
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== OperationTypeNode.QUERY) return false;
  const fragments = toFragments(document);
  const all = countFields(operation, fragments, { below: false });
  const ofLog = countFields(operation, fragments, {
    which: ({ name }) => name.value === 'eventLog',
    below: false,
  });
  return ofLog > 0 && all > 1;
}
