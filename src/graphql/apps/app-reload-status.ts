import type { AppReloadStatus } from '../../domain/apps/app.ts';
import { builder } from '../builder.ts';
import { describeValues } from '../describe-values.ts';

export const AppReloadStatusRef = builder.enumType('AppReloadStatus', {
  description: 'How a reload ended.',
  values: describeValues<AppReloadStatus>({
    SUCCEEDED: 'It succeeded: `ok`.',
    FAILED: 'It failed: `error`.',
    CANCELED: 'It was canceled.',
    EXCEEDED_LIMIT: 'It was ended because a limit was exceeded.',
    UNKNOWN: 'Not sent, or a word that this version does not know; see `statusName`.',
  }),
});
