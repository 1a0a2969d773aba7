import { listContainers, removeContainers, type Container } from './container.js'
import { docker, dockerOutput } from './docker.js'

/** Docker's label of everything that a run makes; its value is the run's id. */
export const runLabel = 'gapless.dev/run'

/**
 * Where nodes of a cluster have a directory of gapless' mounted. kind gives its containers no label of ours, but this
 * they have from their first moment, so that it is known whose they are whenever gapless was killed.
 */
export const markDestination = '/gapless'

/** What is mounted there: of the directory that is kept of an owner's cluster, the part for its nodes to see. */
export function markSource(clusterDirectory: string): string {
  return `${clusterDirectory}/mark`
}

/** Whose a node is, by its mark; undefined where gapless did not make it. */
export function ownerOf(container: Container): string | undefined {
  const mount = container.mounts.find(({ destination }) => destination === markDestination)
  // Docker Desktop puts something of its own before the path.
  return mount && /\/clusters\/([^/]+)\/mark$/.exec(mount.source)?.[1]
}

export interface OwnedObject {
  readonly kind: 'container' | 'network' | 'volume'
  readonly id: string
  readonly name: string
}

/** What Docker has of an owner: what bears its label, and nodes that bear its mark. Throws like `docker`. */
export async function findOwned(owner: string): Promise<readonly OwnedObject[]> {
  const [containers, networks, volumes] = await Promise.all([
    ownedContainers(owner),
    listNames('network', owner),
    listNames('volume', owner),
  ])
  return [
    ...containers.map(({ id, name }) => ({ kind: 'container' as const, id, name })),
    ...networks.map((name) => ({ kind: 'network' as const, id: name, name })),
    ...volumes.map((name) => ({ kind: 'volume' as const, id: name, name })),
  ]
}

/** Containers that bear an owner's label, and nodes that bear its mark. */
export async function ownedContainers(owner: string): Promise<readonly Container[]> {
  const [labelled, nodes] = await Promise.all([
    listContainers(`${runLabel}=${owner}`),
    listContainers('io.x-k8s.kind.cluster'),
  ])
  const marked = nodes.filter((node) => ownerOf(node) === owner)
  return [...new Map([...labelled, ...marked].map((container) => [container.id, container])).values()]
}

/** Until there is nothing more: Docker may be just creating what somebody who was killed had asked for. */
export async function removeOwned(owner: string): Promise<readonly OwnedObject[]> {
  const removed = new Map<string, OwnedObject>()
  for (let round = 0; round < 10; round++) {
    const found = await findOwned(owner)
    if (found.length === 0) break
    for (const object of found) removed.set(object.id, object)
    await removeContainers(found.filter(({ kind }) => kind === 'container').map(({ id }) => id))
    for (const { kind, id } of found) if (kind !== 'container') await docker([kind, 'rm', id])
  }
  return [...removed.values()]
}

async function listNames(kind: 'network' | 'volume', owner: string): Promise<readonly string[]> {
  const names = await dockerOutput([kind, 'ls', '--quiet', '--filter', `label=${runLabel}=${owner}`])
  return names.split('\n').filter((name) => name !== '')
}
