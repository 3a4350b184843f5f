import type { Problem } from '../../domain/events/problem.ts';
import { builder } from '../builder.ts';

export const IngestProblemRef = builder.objectRef<Problem>('IngestProblem').implement({
  description: 'One error or warning about one ingested item.',
  fields: (t) => ({
    code: t.exposeString('code', {
      nullable: false,
      description: 'One of the codes that the README lists, in SCREAMING_SNAKE_CASE.',
    }),
    message: t.exposeString('message', {
      nullable: false,
      description: 'What is wrong, as text for a person.',
    }),
    path: t.exposeString('path', {
      description:
        'The location in the event, as a JSON Pointer: /data/blocks/0/rxBytes. Null if it concerns the whole event.',
    }),
  }),
});
