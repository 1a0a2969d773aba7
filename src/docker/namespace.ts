import { GaplessError } from '../errors.js'
import { inspectContainers } from './container.js'
import { docker, type DockerResult } from './docker.js'
import { ownerOf } from './owned.js'

/** A run's namespace, in a cluster that gapless made. */
export interface NamespaceOfCluster {
  /** Docker's name of the cluster's control plane. */
  readonly controlPlane: string
  /** The words of the command that is kubectl there. */
  readonly kubectl: readonly string[]
  readonly namespace: string
}

/** Runs a command in a control plane; resolves however it ends. Throws like `docker`. */
export type InControlPlane = (...command: readonly string[]) => Promise<DockerResult>

/** undefined where it does not run, with its cluster perhaps, or is not of a cluster that gapless made. */
export async function reachControlPlane(controlPlane: string): Promise<InControlPlane | undefined> {
  const [container] = await inspectContainers([controlPlane])
  if (!container?.running || ownerOf(container) === undefined) return undefined
  return (...command) => docker(['exec', container.id, ...command], { timeoutMs: 90_000 })
}

/**
 * Deletes a namespace and what runs in it by the kubectl of the cluster's control plane, pods by force, as one whose node
 * is off would keep it for ever. Resolves when it is gone: to true, or to false where it was before, with its cluster
 * perhaps. Throws 'timeout' where it is still there after a minute, or nobody can tell.
 */
export async function deleteNamespace({
  controlPlane,
  kubectl: program,
  namespace,
}: NamespaceOfCluster): Promise<boolean> {
  const run = await reachControlPlane(controlPlane)
  if (!run) return false
  const kubectl = (...args: readonly string[]) => run(...program, ...args)
  const stays = (why: string) =>
    new GaplessError(`The namespace ${namespace} of ${controlPlane} does not go: ${why.trim()}`, {
      code: 'timeout',
      hint: 'Run gapless clean again in a minute, or gapless clean --warm if the cluster is of no use any more.',
    })
  const found = await kubectl('get', 'namespace', namespace, '--ignore-not-found', '--output', 'name')
  if (found.exitCode !== 0) throw stays(found.stderr)
  if (found.stdout.trim() === '') return false
  const all = ['--namespace', namespace, '--all', '--wait=false']
  await kubectl('delete', 'daemonsets,statefulsets,deployments', ...all)
  await kubectl('delete', 'pods', ...all, '--force', '--grace-period=0')
  const { exitCode, stderr } = await kubectl(
    ...['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=60s'],
  )
  if (exitCode === 0) return true
  throw stays(stderr)
}
