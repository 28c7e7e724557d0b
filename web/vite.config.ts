import { defineConfig, type Plugin } from 'vite';
import { fakeWeir } from './dev/fake_weir.ts';

// The server sends the same policy as a header; the copy in the page holds even behind a proxy that drops headers. It is
// left out of the development server, whose hot reloading injects styles.
const policy = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'";

function contentSecurityPolicy(): Plugin {
  return {
    name: 'weir-content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: policy },
        injectTo: 'head-prepend',
      },
    ],
  };
}

const server = process.env.WEIR_URL ?? 'http://127.0.0.1:8080';

export default defineConfig(({ mode }) => ({
  plugins: [contentSecurityPolicy(), mode === 'fake' ? fakeWeir() : undefined],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: mode === 'fake' ? {} : { proxy: { '/api': { target: server, ws: true } } },
  preview: { headers: { 'Content-Security-Policy': `${policy}; frame-ancestors 'none'` } },
  build: {
    target: 'es2022',
    // A `data:` address would need a wider policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Without names, what pages share is called after any one module in it.
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'preact', test: /preact/, priority: 1 },
            { name: 'charts', test: /uplot[\\/]dist[\\/].*js$|src[\\/]charts/ },
          ],
        },
      },
    },
  },
  test: { include: ['src/**/*.test.ts'] },
}));
