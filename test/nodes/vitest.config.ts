import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'vitest/config';
import config from '../vitest.config.ts';

/** `npm run test:nodes`: the suites in this folder, which `npm test` leaves out. */
export default mergeConfig(
  config,
  defineConfig({ test: { dir: fileURLToPath(new URL('.', import.meta.url)) } }),
);
