import { writeFile } from 'node:fs/promises'
import { parse, stringify } from 'yaml'
import { GaplessError } from '../../errors.js'
import { until } from '../../until.js'
import { bindDns } from '../kubernetes/cluster-dns.js'
import { askKubectl, type ControlPlane } from '../kubernetes/control-plane.js'
import { blameInotify } from '../kubernetes/inotify.js'
import { loadImages } from '../kubernetes/load-images.js'
import type { Machine } from '../kubernetes/machine.js'
import { clusterReady } from '../kubernetes/ready.js'
import {
  prepareCluster,
  removeCluster,
  type ClusterMaker,
  type KnownCluster,
  type NewCluster,
  type StandingCluster,
} from '../kubernetes/standing-cluster.js'
import type { Settings } from '../settings.js'
import { k0sControlPlane } from './control-plane.js'
import { machineDigest, machineImage, putBinary } from './image.js'
import { installController, installWorker, paceKubelet, reinstallWorker } from './install.js'
import { apiAddress, clusterLabel, controllerOf, createMachines, openMachines } from './machines.js'
import { keepRoutesToPods } from './pod-routes.js'
import { k0s as layout } from './services.js'
import { makeLocalVolumes } from './volumes.js'

/** Clusters of machines on which k0s is installed: a controller, a worker for each node, and one beside them. */
export function k0sMaker({ k0s, images }: Settings): ClusterMaker {
  const versions = { upgradeTo: k0s.upgradeTo, template: images.k0s }
  return {
    ...naming,
    warmName: 'gapless-k0s',
    moreMachines: 2,
    madeOf: { k0s: k0s.version, machine: machineDigest() },
    controlPlaneOf: controllerOf,
    async create(options) {
      const image = await machineImage(k0s.version, images.k0s, options)
      return createK0sCluster(options, image, versions)
    },
    async open(options) {
      const cluster = await openK0sCluster(options, versions)
      await keepRoutesToPods(cluster.controlPlane)
      await makeLocalVolumes(cluster.controlPlane, cluster.machines)
      return cluster
    },
  }
}

interface Versions {
  readonly upgradeTo: string
  /** Names the image of a version. */
  readonly template: string
}

const naming = {
  clusterLabel,
  removeCommand: (name: string) =>
    `docker rm --force --volumes $(docker ps --all --quiet --filter label=${clusterLabel}=${name})`,
}

async function createK0sCluster(
  options: NewCluster,
  image: string,
  versions: Versions,
): Promise<StandingCluster> {
  const { name, onProgress, kubeconfigPath, signal, timeoutMs = 600_000 } = options
  const progress = { signal, ...(onProgress && { onProgress }) }
  const directories = await prepareCluster(options, naming)
  try {
    onProgress?.('Starting machines')
    const { controller, entry, workers } = await createMachines(options, image, directories)
    onProgress?.('Starting the control plane of k0s')
    const token = await installController(controller, signal)
    await writeFile(kubeconfigPath, await kubeconfigOf(controller), { mode: 0o600 })
    const controlPlane = k0sControlPlane(controller)
    onProgress?.('Starting the workers of k0s')
    await Promise.all([entry, ...workers].map((worker) => installWorker(worker, options.logPolicy, token)))
    await reserve(controlPlane, entry, signal)
    // Each machine pulls what k0s consists of.
    await clusterReady(controlPlane, { ...progress, nodes: workers.length + 1, timeoutMs })
    await Promise.all([
      loadImages(workers, options.images ?? [], progress),
      keepRoutesToPods(controlPlane),
      makeLocalVolumes(controlPlane, workers),
    ])
    return await openK0sCluster(options, versions)
  } catch (error) {
    const why = signal.aborted
      ? new GaplessError(`Interrupted while ${name} was made`, { code: 'interrupted' })
      : await blameInotify(error, `${clusterLabel}=${name}`)
    await removeCluster(options)
    throw why
  }
}

/** Keeps a worker for Services and DNS, under the taint of nodes that are control planes too. */
async function reserve(controlPlane: ControlPlane, entry: Machine, signal: AbortSignal): Promise<void> {
  await until(`${entry.container} to register`, {
    // Its binaries are unpacked before, and k0s looks every ten seconds whether there are nodes for DNS.
    timeoutMs: 300_000,
    intervalMs: 500,
    signal,
    poll: async () => {
      const names = await askKubectl(
        controlPlane,
        'get',
        'nodes,deployments',
        '--all-namespaces',
        '--output',
        'name',
      )
      return names.includes(`node/${entry.kubernetesName}`) && names.includes('deployment.apps/coredns')
        ? true
        : undefined
    },
  })
  const taint = 'node-role.kubernetes.io/master=:NoSchedule'
  await askKubectl(controlPlane, 'taint', 'node', entry.kubernetesName, taint, '--overwrite')
  await bindDns(controlPlane, entry)
}

/** The administrator's, by the address at which this machine finds the API server. */
async function kubeconfigOf(controller: Machine): Promise<string> {
  const { stdout } = await controller.exec(['k0s', 'kubeconfig', 'admin'])
  const config = parse(stdout) as { clusters: { cluster: { server: string } }[] }
  for (const { cluster } of config.clusters) cluster.server = `https://${await apiAddress(controller)}`
  return stringify(config)
}

async function openK0sCluster(
  options: KnownCluster,
  { upgradeTo, template }: Versions,
): Promise<StandingCluster> {
  const { name, kubeconfigPath, nodes } = options
  const { controller, entry, workers } = await openMachines(name, nodes)
  return {
    name,
    kubeconfigPath,
    network: name,
    controlPlane: k0sControlPlane(controller),
    entry,
    machines: workers,
    paceKubelet: (machine, grace) => paceKubelet(machine, options.logPolicy, grace),
    k0s: {
      program: layout.program,
      unit: layout.worker,
      upgradeTo,
      installWorker: reinstallWorker,
      putBinary: ({ container }, version, path) => putBinary(container, version, template, path),
    },
    remove: () => removeCluster(options),
  }
}
