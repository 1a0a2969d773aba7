import { kindMaker } from '../testbed/kind/cluster.js'
import { doctorKind } from '../testbed/kind/program.js'
import { setup as build } from './build.js'
import { makeTestCluster } from './made-cluster.js'

const own = 'GAPLESS_TEST_CLUSTER_KUBECONFIG'

/**
 * One cluster of kind's for all tests that need one, unless somebody named theirs; none where Docker or kind is missing,
 * or where tests make one of k0s, which is said, and then they are skipped.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  await build()
  if (process.env[own] !== undefined) return undefined
  const why = await whyNone()
  if (why !== undefined) {
    process.stdout.write(`No cluster of kind's, so its tests are skipped (${why}).\n`)
    return undefined
  }
  const cluster = await makeTestCluster(kindMaker(process.env.GAPLESS_TEST_NODE_IMAGE))
  process.env[own] = cluster.kubeconfigPath
  return () => cluster.remove()
}

async function whyNone(): Promise<string | undefined> {
  if (process.env.GAPLESS_TEST_K0S !== undefined) return 'GAPLESS_TEST_K0S asks for one of k0s'
  const missing = (await doctorKind()).filter(({ ok }) => !ok)
  return missing.length === 0 ? undefined : missing.map(({ what, found }) => `${what}: ${found}`).join('; ')
}
