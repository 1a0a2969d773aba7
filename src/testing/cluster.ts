import { readFileSync } from 'node:fs'
import { execa } from 'execa'
import { parse } from 'yaml'
import { openNodes, type KindNodes } from '../testbed/kind/nodes.js'

/** The cluster that tests may use, by its kubeconfig; undefined where nobody named one. */
export const testKubeconfig = process.env.GAPLESS_TEST_CLUSTER_KUBECONFIG

/** The nodes of that cluster, `node-1` and so on. */
export async function openTestNodes(): Promise<KindNodes> {
  const name = testClusterName()
  const { stdout } = await execa('kind', ['get', 'nodes', '--name', name])
  const workers = stdout.split('\n').filter((line) => line.includes('-worker'))
  return openNodes(
    name,
    workers.map((_, index) => `node-${index + 1}`),
  )
}

function testClusterName(): string {
  const text = readFileSync(testKubeconfig ?? '', 'utf8')
  const config = parse(text) as { 'current-context': string }
  return config['current-context'].replace(/^kind-/, '')
}
