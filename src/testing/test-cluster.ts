import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registerRun } from '../processes/registry.js'
import { kindMaker } from '../testbed/kind/cluster.js'
import { doctorKind } from '../testbed/kind/program.js'
import { defaultSettings } from '../testbed/settings.js'
import { setup as build } from './build.js'

const own = 'GAPLESS_TEST_CLUSTER_KUBECONFIG'

/**
 * One cluster for all tests that need one, unless somebody named theirs; none where Docker or kind is missing, which
 * is said, and then they are skipped.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  await build()
  if (process.env[own] !== undefined) return undefined
  const missing = (await doctorKind()).filter(({ ok }) => !ok)
  if (missing.length > 0) {
    const why = missing.map(({ what, found }) => `${what}: ${found}`).join('; ')
    process.stdout.write(`No cluster, so its tests are skipped (${why}).\n`)
    return undefined
  }
  const directory = mkdtempSync(join(tmpdir(), 'gapless-test-cluster-'))
  const runId = `test-${String(process.pid)}`
  const registry = registerRun({ runId, directory })
  registry.registerDocker(runId)
  const cluster = await kindMaker(process.env.GAPLESS_TEST_NODE_IMAGE).create({
    name: `gapless-${runId}`,
    runId,
    owner: runId,
    kubeconfigPath: join(directory, 'kubeconfig'),
    nodes: ['node-1', 'node-2'],
    logPolicy: { maxBytes: 10 * 1024 * 1024, maxFiles: 5 },
    images: [defaultSettings.images.node, defaultSettings.images.fluentd.replace('{version}', '1.16.11')],
    signal: new AbortController().signal,
    onProgress: (text) => process.stdout.write(`cluster for tests: ${text}\n`),
  })
  process.env[own] = cluster.kubeconfigPath
  return async () => {
    await cluster.remove()
    registry.remove()
    rmSync(directory, { recursive: true, force: true })
  }
}
