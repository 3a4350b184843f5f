import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: ['./src/store/log-tables.ts', './src/store/projection-tables.ts'],
  out: './drizzle',
});
