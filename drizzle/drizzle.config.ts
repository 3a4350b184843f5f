import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: ['./src/store/tables/log-tables.ts', './src/store/tables/projection-tables.ts'],
  out: './drizzle',
});
