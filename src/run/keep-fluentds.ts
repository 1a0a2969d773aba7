import { existsSync } from 'node:fs'
import { saveFluentd } from '../custody/save.js'
import { type RunDirectory } from '../store/run-directory.js'
import { type Cluster } from '../testbed/contract.js'

/** What each Fluentd said and was told, also of a run that ends before its evidence is taken. */
export async function keepFluentds(store: RunDirectory, cluster: Cluster): Promise<void> {
  for (const pod of cluster.pods()) {
    const { role, name } = pod.spec
    if (role !== 'app' && !existsSync(store.file('fluentd', `${name}.log`)))
      await saveFluentd(store, pod, cluster)
  }
}
