/**
 * esbuild, loaded when something is to be bundled: synthesis in a checkout bundles, while the package has all of its
 * functions bundled and comes without esbuild.
 */
export function esbuild(): typeof import('esbuild') {
  // oxlint-disable-next-line typescript/no-require-imports -- an import would load it at once
  return require('esbuild') as typeof import('esbuild');
}
