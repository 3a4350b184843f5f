import { mergeConfig } from 'vitest/config';
import base from '../vitest.config.ts';

/** The suites of `npm run test:clients`, which install packages. `npm test` leaves them out. */
const config = mergeConfig(base, {});
export default { ...config, test: { ...config.test, include: ['clients/**/*.test.ts'], exclude: [] } };
