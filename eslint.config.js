import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript'
import { importX } from 'eslint-plugin-import-x'
import tseslint from 'typescript-eslint'

/**
 * What a folder of src/ may import, itself and what stands above it in this list always excepted: data flows
 * scenario → run → account → verdict → report, and nothing flows back.
 */
const layers = {
  marker: [],
  forward: [],
  program: ['errors.ts', 'entry-point.ts'],
  account: ['errors.ts', 'marker', 'store/result.ts', 'collector/protocol.ts'],
  verdict: [
    'errors.ts',
    'account',
    'scenario/expectation.ts',
    'scenario/duration.ts',
    'store/result.ts',
    'store/events.ts',
  ],
  csi: ['errors.ts', 'program'],
  docker: ['errors.ts', 'csi/names.ts'],
  processes: ['errors.ts', 'docker'],
  scenario: ['errors.ts', 'package-root.ts', 'testbed/contract.ts'],
  testbed: [
    'errors.ts',
    'docker',
    'entry-point.ts',
    'package-root.ts',
    'processes',
    'until.ts',
    'program',
    'csi',
    'collector',
    'wire',
  ],
  collector: [
    'errors.ts',
    'entry-point.ts',
    'program',
    'forward',
    'marker',
    'account',
    'store/result.ts',
    'processes',
    'until.ts',
  ],
  wire: ['errors.ts', 'program', 'forward', 'marker', 'collector'],
  workload: ['errors.ts', 'program', 'marker', 'collector'],
  store: ['errors.ts', 'scenario', 'testbed/contract.ts'],
  setup: ['errors.ts', 'package-root.ts', 'processes', 'testbed/contract.ts', 'pipeline/fluentd-pod.ts'],
  pipeline: ['errors.ts', 'scenario', 'testbed/contract.ts', 'testbed/endpoints.ts'],
  custody: [
    'errors.ts',
    'store',
    'marker',
    'account',
    'pipeline',
    'scenario',
    'testbed/contract.ts',
    'testbed/this-machine.ts',
  ],
  faults: [
    'errors.ts',
    'until.ts',
    'scenario',
    'collector',
    'wire',
    'store',
    'testbed/contract.ts',
    'testbed/endpoints.ts',
    // What the contract's `kubernetes` gives, and how its objects look.
    ...['api', 'attachments', 'labels', 'limited-disk', 'machine', 'node-paths', 'objects', 'paths'].map(
      (file) => `testbed/kubernetes/${file}.ts`,
    ),
  ],
  report: ['errors.ts', 'store'],
  claims: ['store/result.ts'],
  selfcheck: [
    'errors.ts',
    'marker',
    'account',
    'analyze',
    'collector',
    'custody',
    'scenario',
    'store',
    'wire',
    'workload/random.ts',
  ],
}

const zones = Object.entries(layers).map(([folder, allowed]) => ({
  target: `./src/${folder}`,
  from: './src',
  except: ['words.ts', 'nearest.ts', 'shell.ts', folder, ...allowed].map((path) => `./${path}`),
  message: `src/${folder} may import ${allowed.join(', ') || 'nothing else'} only (see eslint.config.js).`,
}))

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'reports', 'coverage'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true } },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Our objects are closures: their methods use no `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    },
  },
  {
    files: ['**/*.test.ts', '**/*.localtest.ts', '**/*.clustertest.ts'],
    rules: { 'import-x/no-restricted-paths': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
)
