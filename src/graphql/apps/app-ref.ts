import type { AppReloadRecord } from '../../store/read/app-reloads.ts';
import type { AppRecord } from '../../store/read/apps.ts';
import { builder } from '../builder.ts';

/** Declared apart from their fields, because apps and reloads refer to each other. */
export const AppRef = builder.objectRef<AppRecord>('App');
export const AppReloadRef = builder.objectRef<AppReloadRecord>('AppReload');
