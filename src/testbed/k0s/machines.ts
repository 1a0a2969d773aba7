import { listContainers, type Container } from '../../docker/container.js'
import { docker, dockerOutput } from '../../docker/docker.js'
import { markDestination, runLabel } from '../../docker/owned.js'
import { GaplessError } from '../../errors.js'
import { until } from '../../until.js'
import { openMachine, type Machine } from '../kubernetes/machine.js'
import { sharedVolumesPath } from '../../csi/names.js'
import type { ClusterDirectories, NewCluster } from '../kubernetes/standing-cluster.js'
import { createNetwork } from './network.js'
import { k0sServices } from './services.js'

/** Labels of machines. */
export const clusterLabel = 'gapless.dev/k0s-cluster'
const roleLabel = 'gapless.dev/k0s-role'

type MachineRole = 'controller' | 'entry' | 'worker'

export interface K0sMachines {
  /** Runs the control plane, and no pods. */
  readonly controller: Machine
  /** A worker that no pod of a pipeline is on. */
  readonly entry: Machine
  readonly workers: readonly Machine[]
}

export const controllerOf = (name: string): string => `${name}-controller`

/** The port of the API server, everywhere. */
export const apiPort = 6443

/**
 * Makes the machines of a cluster on a network of its own, and resolves when systemd has come up in each. They keep
 * their addresses, which are in their certificates, and what is below /var when they are off.
 */
export async function createMachines(
  { name, owner, nodes, signal }: NewCluster,
  image: string,
  directories: ClusterDirectories,
): Promise<K0sMachines> {
  const addressOf = await createNetwork(name, owner)
  const roles: readonly [string, MachineRole][] = [
    [controllerOf(name), 'controller'],
    [`${name}-entry`, 'entry'],
    ...nodes.map((_, index): [string, MachineRole] => [`${name}-worker-${String(index + 1)}`, 'worker']),
  ]
  await Promise.all(
    roles.map(async ([machine, role], index) => {
      const labels = { [runLabel]: owner, [clusterLabel]: name, [roleLabel]: role }
      await dockerOutput(
        [
          ...['create', '--name', machine, '--hostname', machine],
          ...['--network', name, '--ip', addressOf(index)],
          ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
          ...['--privileged', '--cgroupns', 'private', '--tmpfs', '/run', '--tmpfs', '/tmp:exec'],
          ...['--volume', '/var', '--volume', '/lib/modules:/lib/modules:ro'],
          ...['--volume', `${directories.mark}:${markDestination}:ro`],
          ...['--volume', `${directories.volumes}:${sharedVolumesPath}`],
          ...(role === 'controller' ? ['--publish', `127.0.0.1::${String(apiPort)}`] : []),
          image,
        ],
        { signal },
      )
      await dockerOutput(['start', machine], { signal })
    }),
  )
  const machines = await openMachines(name, nodes)
  await Promise.all(
    [machines.controller, machines.entry, ...machines.workers].map((each) => booted(each, signal)),
  )
  return machines
}

async function booted(machine: Machine, signal: AbortSignal): Promise<void> {
  await until(`systemd of ${machine.container} to come up`, {
    timeoutMs: 120_000,
    intervalMs: 300,
    signal,
    poll: async () => {
      const { stdout } = await machine.exec(['systemctl', 'is-system-running'], { allowFailure: true })
      return /running|degraded/.test(stdout) || undefined
    },
  })
}

/** The machines of a cluster that stands; its workers by the names of the plan. Throws 'instrument' where not all are. */
export async function openMachines(name: string, nodes: readonly string[]): Promise<K0sMachines> {
  const containers = await listContainers(`${clusterLabel}=${name}`)
  const of = (role: MachineRole) => containers.filter(({ labels }) => labels[roleLabel] === role)
  const [[controller], [entry], workers] = [of('controller'), of('entry'), of('worker').sort(byNumber)]
  if (controller === undefined || entry === undefined || workers.length !== nodes.length) {
    const found = containers.map((container) => container.name).join(', ') || 'no machine'
    throw new GaplessError(
      `The cluster ${name} should have a controller, an entry and ${nodes.length} workers, and has ${found}`,
      { code: 'instrument', command: `docker ps --all --filter label=${clusterLabel}=${name}` },
    )
  }
  const open = (node: string, { name: container }: Container): Promise<Machine> =>
    // kubelet registers by its machine's host name.
    openMachine({ node, kubernetesName: container, container, network: name, services: k0sServices })
  return {
    controller: await open('controller', controller),
    entry: await open('entry', entry),
    workers: await Promise.all(workers.map((worker, index) => open(nodes[index] ?? '', worker))),
  }
}

/** Where this machine reaches a cluster's API server, e.g. `127.0.0.1:49153`. */
export async function apiAddress({ container }: Machine): Promise<string> {
  const { stdout, stderr } = await docker(['port', container, `${String(apiPort)}/tcp`])
  const [address] = stdout.split('\n')
  if (address) return address
  throw new GaplessError(`The port of ${container}'s API server is not published: ${stderr.trim()}`, {
    code: 'instrument',
  })
}

/** `…-worker-1`, `…-worker-2`, … `…-worker-10`. */
function byNumber(a: Container, b: Container): number {
  return a.name.length - b.name.length || (a.name < b.name ? -1 : 1)
}
