/**
 * Programs of gapless' own that run where there is no node_modules: the compiled ones, by the name under which each is
 * a single file in dist/bundles/. Those of the emitter and of the CSI driver have to fit into a ConfigMap, which holds
 * 1 MiB.
 */
export const bundles = {
  workload: 'workload/main.js',
  collector: 'collector/main.js',
  wire: 'wire/main.js',
  csi: 'csi/node/main.js',
}
