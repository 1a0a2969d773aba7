import { listContainers, type Container } from '../../docker/container.js'
import { GaplessError } from '../../errors.js'
import { openMachine, type Machine } from '../kubernetes/machine.js'
import { kindServices } from './services.js'

/** Labels that kind gives its containers. */
export const clusterLabel = 'io.x-k8s.kind.cluster'
const roleLabel = 'io.x-k8s.kind.role'

/** The network that kind puts its nodes on, unless told otherwise. */
export const kindNetwork = process.env.KIND_EXPERIMENTAL_DOCKER_NETWORK ?? 'kind'

export interface KindNodes {
  readonly controlPlane: Machine
  readonly machines: readonly Machine[]
}

/** The machines of a cluster that stands. `nodes` are its workers by the names of the plan, in kind's order. */
export async function openNodes(name: string, nodes: readonly string[]): Promise<KindNodes> {
  const containers = await listContainers(`${clusterLabel}=${name}`)
  const workers = containers.filter((container) => roleOf(container) === 'worker').sort(byNumber)
  const controlPlane = containers.find((container) => roleOf(container) === 'control-plane')
  if (controlPlane === undefined || workers.length !== nodes.length) {
    const found = containers.map((container) => container.name).join(', ') || 'no node'
    throw new GaplessError(
      `The cluster ${name} should have a control plane and ${nodes.length} workers, and has ${found}`,
      { code: 'instrument', command: `kind get nodes --name ${name}` },
    )
  }
  const open = (node: string, { name: container }: Container): Promise<Machine> =>
    // kind names the Node object as the container.
    openMachine({ node, kubernetesName: container, container, network: kindNetwork, services: kindServices })
  const [first, ...machines] = await Promise.all([
    open('control-plane', controlPlane),
    ...workers.map((worker, index) => open(nodes[index] ?? '', worker)),
  ])
  return { controlPlane: first, machines }
}

function roleOf(container: Container): string | undefined {
  return container.labels[roleLabel]
}

/** `gapless-worker`, `gapless-worker2`, … `gapless-worker10`. */
function byNumber(a: Container, b: Container): number {
  return a.name.length - b.name.length || (a.name < b.name ? -1 : 1)
}
