import { readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { recordsDirectory, volumesDirectory, sharedVolumesPath } from '../../../csi/names.js'
import { parseRecords, type StorageRecord } from '../../../csi/records.js'
import { deleteVolumes } from '../../../docker/volumes.js'
import { bundlePath } from '../../../entry-point.js'
import { GaplessError } from '../../../errors.js'
import { processRef } from '../../../processes/identity.js'
import { runMark } from '../../../processes/marks.js'
import { findRegistry } from '../../../processes/registry.js'
import { startProgram, type Program } from '../../../program/start.js'
import type { KubernetesApi } from '../api.js'
import type { ControlPlane } from '../control-plane.js'
import type { Machine } from '../machine.js'
import { controllerReadySchema, type ControllerConfig } from './controller/config.js'
import { installDriver } from './install.js'
import { driverManifests } from './manifests.js'

/** Volumes that outlive nodes, as long as a run needs them. */
export interface SharedStorage {
  /** Everything that drivers and controller did and saw so far, by time. */
  records(): Promise<readonly StorageRecord[]>
  /** Whether there is room to record anything. */
  canRecord(): Promise<boolean>
  /** Why there will be no volumes any more; undefined as long as there is no reason. */
  failure(): GaplessError | undefined
  /** Lets it go on when gapless ends. */
  detach(): Promise<void>
  /** Ends it and removes the run's volumes, once its pods are gone. What was recorded is kept. */
  close(): Promise<void>
}

export interface StoragePlace {
  readonly api: KubernetesApi
  readonly kubeconfigPath: string
  readonly runId: string
  readonly namespace: string
  /** Of the cluster, for what is left of volumes. */
  readonly controlPlane: Pick<ControlPlane, 'machine' | 'kubectl'>
  /** Has the shared directory and is hit by no fault. */
  readonly entry: Machine
  /** Those that pods are on. */
  readonly machines: readonly Machine[]
  readonly network: string
  /** Of Node, which runs the plugin. */
  readonly image: string
  /** Of the run: made, for the records. */
  readonly directory: string
  readonly onProgress: (text: string) => void
  readonly signal: AbortSignal
}

const recordsFile = 'records.ndjson'

/** Installs the driver where it is not, starts the controller, and resolves when volumes can be asked for. */
export async function openStorage(place: StoragePlace): Promise<SharedStorage> {
  const { api, machines, entry, image, signal, onProgress, directory } = place
  await mkdir(directory, { recursive: true })
  const own = join(directory, 'controller.ndjson')
  await writeFile(own, '')
  // Of runs before this one, on a cluster that outlasts them.
  await entry.exec(['rm', '--recursive', '--force', recordsDirectory(sharedVolumesPath)])
  await entry.exec(['mkdir', '--parents', volumesDirectory(sharedVolumesPath)])
  const kubeletDirectory = entry.services.kubeletDirectory
  const program = readFileSync(bundlePath('csi'), 'utf8')
  const nodes = machines.map(({ kubernetesName }) => kubernetesName)
  await installDriver(api, driverManifests({ nodes, image, program, kubeletDirectory }), {
    nodes,
    signal,
    onProgress,
  })
  const controller = await startController(place, own)
  let failure: GaplessError | undefined
  let over = false
  void controller.exited.then(({ exitCode, signal: by, stderr }) => {
    if (over) return
    const how = `${by ?? `exit status ${String(exitCode)}`}${stderr === '' ? '' : `: ${stderr.trim()}`}`
    failure = new GaplessError(
      `The storage controller ended (${how}), and nobody makes, attaches and detaches volumes any more`,
      { code: 'instrument' },
    )
    onProgress(failure.message)
  })

  async function records(): Promise<readonly StorageRecord[]> {
    const read = `cat ${recordsDirectory(sharedVolumesPath)}/*.ndjson 2>/dev/null || true`
    const [ofNodes, ofController] = await Promise.all([entry.exec(['sh', '-c', read]), readFile(own, 'utf8')])
    return [...parseRecords(ofNodes.stdout), ...parseRecords(ofController)].sort((a, b) => a.atMs - b.atMs)
  }

  async function keepRecords(): Promise<void> {
    const lines = (await records()).map((record) => `${JSON.stringify(record)}\n`)
    await writeFile(join(directory, recordsFile), lines.join(''))
  }

  return {
    records,
    async canRecord() {
      const write = 'mkdir -p "$0" && echo >"$0/.room" && rm "$0/.room"'
      const command = ['sh', '-c', write, recordsDirectory(sharedVolumesPath)]
      return (await entry.exec(command, { allowFailure: true })).exitCode === 0
    },
    failure: () => failure,
    async detach() {
      await keepRecords()
      await controller.detach()
    },
    async close() {
      over = true
      await controller.stop()
      await keepRecords()
      const { machine, kubectl } = place.controlPlane
      const where = { controlPlane: machine.container, kubectl, namespace: place.namespace }
      await deleteVolumes(where)
    },
  }
}

async function startController(
  { kubeconfigPath, runId, entry, machines, network }: StoragePlace,
  records: string,
): Promise<Program<unknown>> {
  const config: ControllerConfig = {
    kubeconfigPath,
    records,
    controlPlane: machineConfig(entry, network),
    machines: machines.map((machine) => machineConfig(machine, network)),
  }
  const controller = await startProgram({
    name: 'storage controller',
    entry: 'testbed/kubernetes/storage/controller/main',
    config,
    ready: controllerReadySchema,
    env: { [runMark]: runId },
  })
  const ref = processRef(controller.ready.pid)
  if (ref) findRegistry(runId)?.registerProcess('storage controller', ref)
  return controller
}

function machineConfig(machine: Machine, network: string): ControllerConfig['controlPlane'] {
  const { node, kubernetesName, container, services } = machine
  const { kubelet, containerd, pid, kubeletDirectory } = services
  return {
    ...{ node, kubernetesName, container, network },
    services: {
      ...{ kubelet, containerd, kubeletDirectory },
      pid: { kubelet: [...pid.kubelet], containerd: [...pid.containerd] },
      ctr: [...services.ctr],
      importImages: [...services.importImages],
    },
  }
}
