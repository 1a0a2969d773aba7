import { z } from 'zod'
import { dockerOutput } from '../docker/docker.js'
import { askKubectl, type ControlPlane } from '../testbed/kubernetes/control-plane.js'
import { type Machine } from '../testbed/kubernetes/machine.js'

/** What others than gapless say of a worker of k0s: what faults bring as evidence is held against it. */

export interface WorkerSaid {
  /** systemd, of the worker's service. */
  readonly active: string
  readonly mainPid: number
  readonly restarts: number
  /** k0s itself; undefined where it does not answer. */
  readonly status: { readonly pid: number; readonly version: string } | undefined
  /** The process table. */
  readonly kubelet: readonly number[]
  readonly containerd: readonly number[]
}

export async function workerSaid(machine: Machine): Promise<WorkerSaid> {
  const ask = async (...command: readonly string[]) =>
    (await machine.exec(command, { allowFailure: true })).stdout.trim()
  const property = (name: string) => ask('systemctl', 'show', 'k0sworker', `--property=${name}`, '--value')
  const pids = async (name: string) =>
    (await ask('pgrep', '-x', name)).split('\n').filter(Boolean).map(Number)
  return {
    active: await property('ActiveState'),
    mainPid: Number(await property('MainPID')),
    restarts: Number(await property('NRestarts')),
    status: statusIn(await ask('k0s', 'status', '-o', 'json')),
    kubelet: await pids('kubelet'),
    containerd: await pids('containerd'),
  }
}

const statusSchema = z.object({ Pid: z.coerce.number(), Version: z.string() })

function statusIn(json: string): WorkerSaid['status'] {
  if (json === '') return undefined
  const { Pid, Version } = statusSchema.parse(JSON.parse(json))
  return { pid: Pid, version: Version }
}

/** containerd, of the containers that run: each one's id and first process, e.g. `4f1c… 1234`. */
export async function containersRunning(machine: Machine): Promise<readonly string[]> {
  const { stdout } = await machine.exec([...machine.services.ctr, 'tasks', 'list'])
  const found = stdout.split('\n').map((line) => /^(\S+)\s+(\d+)\s+RUNNING/.exec(line))
  return found.flatMap((task) => (task ? [`${task[1] ?? ''} ${task[2] ?? ''}`] : [])).sort()
}

/** The process table, of the processes that `containersRunning` named. */
export async function processesThere(machine: Machine, running: readonly string[]): Promise<boolean> {
  const paths = running.map((each) => `/proc/${each.split(' ')[1] ?? ''}/stat`)
  const { exitCode } = await machine.exec(['stat', ...paths], { allowFailure: true })
  return paths.length > 0 && exitCode === 0
}

const podsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), uid: z.string() }),
      status: z.object({
        podIP: z.string().optional(),
        containerStatuses: z
          .array(z.object({ containerID: z.string().optional(), restartCount: z.number() }))
          .default([]),
      }),
    }),
  ),
})

export interface PodSaid {
  readonly name: string
  readonly uid: string
  readonly address: string | undefined
  /** Id and restart count of each container. */
  readonly containers: readonly string[]
}

/** kubectl, of all pods of a worker, by their names. */
export async function podsSaid(
  controlPlane: ControlPlane,
  { kubernetesName }: Machine,
): Promise<readonly PodSaid[]> {
  const here = `spec.nodeName=${kubernetesName}`
  const found = await askKubectl(
    controlPlane,
    ...['get', 'pods', '--all-namespaces', '--field-selector', here, '--output', 'json'],
  )
  return podsSchema
    .parse(JSON.parse(found))
    .items.map(({ metadata: { name, uid }, status: { podIP, containerStatuses } }) => ({
      ...{ name, uid },
      address: podIP,
      containers: containerStatuses.map(
        ({ containerID, restartCount }) => `${containerID ?? 'none'} ${String(restartCount)}`,
      ),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const nodeSchema = z.object({
  metadata: z.object({ uid: z.string() }),
  spec: z.object({
    podCIDR: z.string().optional(),
    unschedulable: z.boolean().default(false),
    taints: z.array(z.object({ key: z.string(), effect: z.string() })).default([]),
  }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })) }),
})

/** kubectl, of a worker's node: `ready` is its condition's status, taints are `KEY:EFFECT`. */
export async function nodeSaid(controlPlane: ControlPlane, { kubernetesName }: Machine) {
  const found = await askKubectl(controlPlane, 'get', 'node', kubernetesName, '--output', 'json')
  const { metadata, spec, status } = nodeSchema.parse(JSON.parse(found))
  return {
    uid: metadata.uid,
    podCidr: spec.podCIDR,
    unschedulable: spec.unschedulable,
    taints: spec.taints.map(({ key, effect }) => `${key}:${effect}`),
    ready: status.conditions.find(({ type }) => type === 'Ready')?.status,
  }
}

/** Docker, of a machine: e.g. `running since 2026-01-01T00:00:00.123456789Z`. */
export async function machineSaid({ container }: Machine): Promise<string> {
  const format = '{{.State.Status}} since {{.State.StartedAt}}'
  return (await dockerOutput(['inspect', '--format', format, container])).trim()
}
