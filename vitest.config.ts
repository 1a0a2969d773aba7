import { defineConfig } from 'vitest/config'

const alias = {
  'gapless/vitest': new URL('./src/vitest.ts', import.meta.url).pathname,
  gapless: new URL('./src/index.ts', import.meta.url).pathname,
}

/**
 * Four projects: `unit` is pure and quick, `local` starts real processes, `cluster` works on a cluster,
 * where there is Docker, and `scenarios` runs the catalogue.
 * The real ones run one file at a time: they measure a pipeline, and a neighbour's load is noise.
 */
export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts'], testTimeout: 60_000 } },
      {
        extends: true,
        test: {
          name: 'local',
          include: ['src/**/*.localtest.ts'],
          globalSetup: ['src/testing/build.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: ['src/**/*.clustertest.ts'],
          globalSetup: ['src/testing/test-cluster.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'scenarios',
          include: ['scenarios/catalogue.vitest.ts'],
          globalSetup: ['src/testing/build.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
        },
      },
    ],
  },
})
