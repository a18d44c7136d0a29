// src/server.tsx becomes server.js: one file, React for production, nothing of Next in it.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const result = await build({
  entryPoints: ['src/server.tsx'],
  outfile: 'server.js',
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  alias: {
    '@sitecore-jss/sitecore-jss-nextjs': fileURLToPath(new URL('src/lib/fields.ts', import.meta.url)),
  },
  mainFields: ['main'],
  metafile: true,
});
const files = Object.keys(result.metafile.inputs);
if (files.some((file) => file.includes('node_modules/next/'))) {
  throw new Error('server.js holds a part of Next');
}
