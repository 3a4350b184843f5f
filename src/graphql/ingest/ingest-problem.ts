import type { Problem } from '../../domain/events/problem.ts';
import { builder } from '../builder.ts';

export const IngestProblemRef = builder.objectRef<Problem>('IngestProblem').implement({
  description: 'One finding about one ingested item.',
  fields: (t) => ({
    code: t.exposeString('code', {
      nullable: false,
      description: 'One of the codes listed in the README, SCREAMING_SNAKE_CASE.',
    }),
    message: t.exposeString('message', { nullable: false, description: 'What is wrong, for a person.' }),
    path: t.exposeString('path', {
      description: 'Where in the event, as a JSON Pointer: /data/blocks/0/rxBytes.',
    }),
  }),
});
