import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: ['client.ts'],
  emitLegacyCommonJSImports: false,
  generates: {
    'generated/': {
      preset: 'client',
      config: {
        useTypeImports: true,
        scalars: { DateTime: 'string', SafeInt: 'number', JSON: 'unknown', Date: 'string' },
      },
    },
  },
};

// biome-ignore lint/style/noDefaultExport: graphql-codegen reads it.
export default config;
