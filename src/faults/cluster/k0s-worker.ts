import { actionsOf, type Action, type Step } from '../../scenario/timeline.js'
import { type K0sAccess, type KubernetesAccess } from '../../testbed/contract.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { damagePath } from '../../testbed/kubernetes/node-paths.js'
import { seconds } from '../../words.js'
import { evidence, type FaultContext, type FaultDefinition } from '../fault.js'
import { accessOf, eventually, machineOf } from './access.js'
import { containersKept, containersOn, isThere, programsAgain, programsOf } from './node-programs.js'
import { readyAgain } from './nodes.js'

/** What happens to k0s on a node, whose main process systemd starts again where it ends by itself. */
const ends = {
  restart: { done: 'was restarted', command: ['restart'], byItself: false },
  terminate: { done: 'got SIGTERM', command: ['kill', '--kill-who=main', '--signal=TERM'], byItself: true },
  kill: { done: 'was killed', command: ['kill', '--kill-who=main', '--signal=KILL'], byItself: true },
} as const

/**
 * Restarts k0s on a node, or ends its main process by a signal. Proven by the main process, systemd's count of restarts
 * where it was systemd that started it again, and kubelet and containerd being other processes; shown with which
 * containers are the same.
 */
export const workerRestarted: FaultDefinition = {
  fault: 'k0s-worker-restarted',
  needs: ['kubernetes', 'k0s'],
  targets: ['node'],
  momentary: true,
  async inject(spec, context) {
    const machine = machineOf(context, spec.target)
    const access = accessOf(context)
    const { unit } = k0sOf(access)
    const { done, command, byItself } = ends[spec.parameters.how as keyof typeof ends]
    const containers = await containersOn(access, machine)
    const [programs, before] = await Promise.all([programsOf(machine), serviceOf(machine, unit)])
    const fromMs = context.nowMs()
    await machine.exec(['systemctl', ...command, unit], { timeoutMs: 120_000 })
    const after = await eventually(
      async () => {
        const now = await serviceOf(machine, unit)
        return now.active === 'active' && now.pid !== before.pid && now.pid > 0 ? now : undefined
      },
      // systemd waits up to two minutes, by the version of k0s.
      { timeoutMs: 180_000, intervalMs: 200, signal: context.signal },
    )
    const counted = !byItself || after?.restarts === before.restarts + 1
    const what = after
      ? `k0s on ${machine.node}, process ${String(before.pid)}, ${done}: it is process ${String(after.pid)}, ${seconds(context.nowMs() - fromMs)} later${byItself ? ` (restart ${String(after.restarts)} of its unit)` : ''}`
      : `k0s on ${machine.node} did not come back`
    return {
      evidence: [
        evidence(context, what, after !== undefined && counted, { before, after }),
        await programsAgain(context, machine, programs, ['kubelet', 'containerd']),
        await endOf(context, machine, programs.kubelet),
        await readyAgain(context, machine, fromMs),
        await containersKept(context, access, containers),
      ],
    }
  },
}

async function endOf(context: FaultContext, machine: Machine, pid: number | undefined) {
  const there = pid !== undefined && (await isThere(machine, pid))
  const what = `the kubelet before, process ${String(pid)}, ${there ? 'still runs' : 'is gone'}`
  return evidence(context, what, pid !== undefined && !there)
}

/**
 * Replaces k0s on a node by another version: another binary, and the unit installed anew, as k0sctl does while its
 * service is stopped, or the binary alone, as autopilot does while it runs. As with both of them the other binary is on
 * the node before. Proven by what it says of its version. The cluster is not as it was from then on.
 */
export const k0sReplaced: FaultDefinition = {
  fault: 'k0s-replaced',
  needs: ['kubernetes', 'k0s'],
  targets: ['node'],
  momentary: true,
  async prepare(spec, context) {
    const { version } = spec.parameters as UpgradeOptions
    await stage(k0sOf(accessOf(context)), machineOf(context, spec.target), version)
  },
  async inject(spec, context) {
    const machine = machineOf(context, spec.target)
    const access = accessOf(context)
    const { program, installWorker } = k0sOf(access)
    const { version, unit = 'installed' } = spec.parameters as UpgradeOptions
    const before = await versionOf(machine)
    await machine.exec([
      'sh',
      '-c',
      `mkdir -p "$(dirname ${damagePath})" && echo "its k0s was replaced" > ${damagePath}`,
    ])
    const other = stagedPath(k0sOf(access), version)
    const isThereYet = await machine.exec(['test', '-e', other], { allowFailure: true })
    // The first upgrade took it, if it is the second of the same node.
    if (isThereYet.exitCode !== 0) await stage(k0sOf(access), machine, version)
    const fromMs = context.nowMs()
    await machine.exec(['mv', other, program])
    if (unit === 'installed') await installWorker(machine)
    const after = await versionOf(machine)
    const what = `k0s on ${machine.node} was ${before} and is ${after}, ${unit === 'installed' ? 'installed anew' : 'its binary replaced'} within ${seconds(context.nowMs() - fromMs)}`
    return { evidence: [evidence(context, what, after !== before, { before, after })] }
  },
}

/** Puts another version beside the one that runs. What is there of its name, from a run before, may be another binary. */
async function stage(k0s: K0sAccess, machine: Machine, version = k0s.upgradeTo): Promise<void> {
  await k0s.putBinary(machine, version, stagedPath(k0s, version))
}

const stagedPath = ({ program, upgradeTo }: K0sAccess, version = upgradeTo): string =>
  `${program}-${encodeURIComponent(version)}`

function k0sOf({ k0s }: KubernetesAccess): K0sAccess {
  if (k0s) return k0s
  throw new TypeError('this testbed has no k0s')
}

async function versionOf(machine: Machine): Promise<string> {
  return (await machine.exec(['k0s', 'version'])).stdout.trim()
}

interface ServiceState {
  readonly active: string
  readonly pid: number
  /** How often systemd has started it again by itself. */
  readonly restarts: number
}

async function serviceOf(machine: Machine, unit: string): Promise<ServiceState> {
  const { stdout } = await machine.exec([
    'systemctl',
    'show',
    unit,
    '--property=ActiveState,MainPID,NRestarts',
  ])
  const found = new Map(stdout.split('\n').map((line) => line.split('=') as [string, string]))
  return {
    active: found.get('ActiveState') ?? 'unknown',
    pid: Number(found.get('MainPID')),
    restarts: Number(found.get('NRestarts')),
  }
}

export interface UpgradeOptions {
  /** A version of k0s, or a binary by its path. Default: the one that gapless is told to upgrade to. */
  readonly version?: string
  /** `installed` anew, as k0sctl does, or `kept` as it is, as autopilot does. Default `installed`. */
  readonly unit?: 'installed' | 'kept'
}

/** What a timeline puts on nodes, as its steps name it. */
export function k0sVersionsOf(steps: readonly Step[]): readonly (string | undefined)[] {
  const versions = actionsOf(steps).flatMap((action) =>
    action.type === 'inject' && action.spec.fault === k0sReplaced.fault
      ? [(action.spec.parameters as UpgradeOptions).version]
      : [],
  )
  return [...new Set(versions)]
}

/** What a scenario says. */
export const k0sActions = (node: string) => {
  const action = (fault: string, description: string, parameters: object): Action => ({
    type: 'inject',
    spec: { fault, target: { role: 'node', node }, description, parameters: { ...parameters } },
  })
  return {
    /** Restarts the worker's service: kubelet and containerd end and start again. */
    restartK0s: () => action('k0s-worker-restarted', `restart k0s on ${node}`, { how: 'restart' }),
    /** SIGTERM to the worker's main process, as autopilot does; systemd starts it again after its pause. */
    terminateK0s: () =>
      action('k0s-worker-restarted', `send SIGTERM to k0s on ${node}`, { how: 'terminate' }),
    /** SIGKILL to the worker's main process, which systemd starts again. */
    killK0s: () => action('k0s-worker-restarted', `kill k0s on ${node}`, { how: 'kill' }),
    /** Another version of k0s, while the service is stopped (`stopKubelet`), or before it ends (`unit: 'kept'`). */
    upgradeK0s: (options: UpgradeOptions = {}) =>
      action(
        'k0s-replaced',
        options.version === undefined
          ? `upgrade k0s on ${node}`
          : `replace k0s on ${node} by ${options.version}`,
        options,
      ),
  }
}
