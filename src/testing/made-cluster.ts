import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registerRun } from '../processes/registry.js'
import { type ClusterMaker, type StandingCluster } from '../testbed/kubernetes/standing-cluster.js'
import { defaultSettings } from '../testbed/settings.js'
import { fluentdImage } from './fault-pipeline.js'

/** A cluster of the tests' own with the nodes `node-1` and `node-2`. `remove` leaves nothing of it. */
export async function makeTestCluster(maker: ClusterMaker): Promise<StandingCluster> {
  const directory = mkdtempSync(join(tmpdir(), 'gapless-test-cluster-'))
  const runId = `test-${String(process.pid)}`
  const registry = registerRun({ runId, directory })
  registry.registerDocker(runId)
  const cluster = await maker.create({
    name: `gapless-${runId}`,
    runId,
    owner: runId,
    kubeconfigPath: join(directory, 'kubeconfig'),
    nodes: ['node-1', 'node-2'],
    logPolicy: { maxBytes: 10 * 1024 * 1024, maxFiles: 5 },
    images: [defaultSettings.images.node, fluentdImage],
    signal: new AbortController().signal,
    onProgress: (text) => process.stdout.write(`cluster for tests: ${text}\n`),
  })
  return {
    ...cluster,
    async remove() {
      await cluster.remove()
      registry.remove()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
