import { copyFile, link, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { filesBelow } from '../custody/node-log.js'
import { bufferPath, positionPath, secondaryPath } from '../pipeline/buffer.js'
import { configPath } from '../pipeline/fluentd-pod.js'
import { fluentdsOf, type Plan } from '../scenario/plan.js'
import { type RunDirectory } from '../store/run-directory.js'
import { type Cluster } from '../testbed/contract.js'
import { type Deployment } from './deploy.js'

/**
 * Keeps what a count can be made from once the testbed is gone: the node's container logs, position files, what is
 * left in buffers and secondaries, and each Fluentd's own log and configuration.
 */
export async function saveEvidence(
  store: RunDirectory,
  plan: Plan,
  cluster: Cluster,
  { podOf }: Deployment,
): Promise<void> {
  for (const node of plan.nodes) {
    await keepTree(path.join(cluster.nodeRoot(node), 'var/log/pods'), store.file('evidence', node, 'pods'))
  }
  for (const target of fluentdsOf(plan)) {
    const pod = podOf(target)
    const { name } = pod.spec
    await mkdir(store.file('fluentd'), { recursive: true })
    await writeFile(store.file('fluentd', `${name}.log`), await pod.logs())
    await keepFile(pod.resolve(configPath), store.file('fluentd', `${name}.conf`))
    await keepFile(pod.resolve(positionPath), store.file('evidence', name, 'containers.pos'))
    for (const place of [bufferPath, secondaryPath]) {
      await keepTree(pod.resolve(place), store.file('evidence', name, path.basename(place)))
    }
  }
}

async function keepTree(from: string, to: string): Promise<void> {
  for (const file of await filesBelow(from)) await keepFile(file, path.join(to, path.relative(from, file)))
}

/** A link costs nothing and outlives the testbed's own name for the file; across file systems it is a copy. */
async function keepFile(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true })
  try {
    await link(from, to)
  } catch {
    await copyFile(from, to).catch(() => undefined)
  }
}
