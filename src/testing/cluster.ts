import { readFileSync } from 'node:fs'
import { execa } from 'execa'
import { parse } from 'yaml'
import { kindControlPlane } from '../testbed/kind/control-plane.js'
import { paceKubelet } from '../testbed/kind/kubelet.js'
import { openNodes, type KindNodes } from '../testbed/kind/nodes.js'
import { applyTimings } from '../testbed/kubernetes/apply-timings.js'

/** The cluster that tests may use, by its kubeconfig; undefined where nobody named one. */
export const testKubeconfig = process.env.GAPLESS_TEST_CLUSTER_KUBECONFIG

/**
 * The nodes of that cluster, `node-1` and so on. As at the start of a run its node controller remembers none of them,
 * whichever file of tests was before and whatever became of the nodes in it. It does not wait long for silent ones.
 */
export async function openTestNodes(): Promise<KindNodes> {
  const name = testClusterName()
  const { stdout } = await execa('kind', ['get', 'nodes', '--name', name])
  const workers = stdout.split('\n').filter((line) => line.includes('-worker'))
  const nodes = await openNodes(
    name,
    workers.map((_, index) => `node-${index + 1}`),
  )
  await applyTimings(
    { ...nodes, controlPlane: kindControlPlane(nodes.controlPlane), paceKubelet },
    { nodeMonitorGracePeriodSeconds: 16 },
    { signal: AbortSignal.timeout(120_000) },
  )
  return nodes
}

function testClusterName(): string {
  const text = readFileSync(testKubeconfig ?? '', 'utf8')
  const config = parse(text) as { 'current-context': string }
  return config['current-context'].replace(/^kind-/, '')
}
