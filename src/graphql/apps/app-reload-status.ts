import type { AppReloadStatus } from '../../domain/apps/app.ts';
import { builder } from '../builder.ts';
import { describeValues } from '../describe-values.ts';

export const AppReloadStatusRef = builder.enumType('AppReloadStatus', {
  description: 'How a reload ended.',
  values: describeValues<AppReloadStatus>({
    SUCCEEDED: 'The reload succeeded: `ok`.',
    FAILED: 'The reload failed: `error`.',
    CANCELED: 'The reload was canceled.',
    EXCEEDED_LIMIT: 'The reload was ended because it exceeded a limit.',
    UNKNOWN: 'No status was sent, or this version does not know it; see `statusName`.',
  }),
});
