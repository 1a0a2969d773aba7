import { type Evidence } from '../../store/result.js'
import { type KubernetesAccess } from '../../testbed/contract.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { counted, seconds } from '../../words.js'
import { evidence, type FaultContext } from '../fault.js'
import { eventually } from './access.js'
import { lookAgain, nameOf, podsOn, type SeenPod } from './pods.js'

/** A node's kubelet and containerd as processes, and what runs under them. */

export type Program = 'kubelet' | 'containerd'

export interface Programs {
  /** undefined: it does not run. */
  readonly kubelet: number | undefined
  readonly containerd: number | undefined
}

export async function programsOf(machine: Machine): Promise<Programs> {
  const [kubelet, containerd] = await Promise.all([pidOf(machine, 'kubelet'), pidOf(machine, 'containerd')])
  return { kubelet, containerd }
}

/** Asked of the process table, too: what its keeper says of it may be late. */
async function pidOf(machine: Machine, program: Program): Promise<number | undefined> {
  const { stdout } = await machine.exec(machine.services.pid[program])
  const pid = Number(stdout)
  return pid > 0 && (await isThere(machine, pid)) ? pid : undefined
}

export async function isThere(machine: Machine, pid: number): Promise<boolean> {
  const { exitCode } = await machine.exec(['test', '-d', `/proc/${String(pid)}`], { allowFailure: true })
  return exitCode === 0
}

/** Waits until both run, each of `anew` as another process than before; for as long as a slow start may take. */
export async function programsAgain(
  context: FaultContext,
  machine: Machine,
  before: Programs,
  anew: readonly Program[],
): Promise<Evidence> {
  const timeoutMs = 120_000
  const fromMs = context.nowMs()
  const isNew = (program: Program, now: Programs) =>
    now[program] !== undefined && (!anew.includes(program) || now[program] !== before[program])
  const found = await eventually(
    async () => {
      const now = await programsOf(machine)
      return isNew('kubelet', now) && isNew('containerd', now) ? now : undefined
    },
    { timeoutMs, intervalMs: 200, signal: context.signal },
  )
  const now = found ?? (await programsOf(machine))
  const says = (program: Program) =>
    now[program] === undefined
      ? `${program} does not run`
      : `${program} is ${now[program] === before[program] ? 'the same process' : 'a new process,'} ${String(now[program])}`
  const kept = (['kubelet', 'containerd'] as const).filter((program) => !anew.includes(program))
  const holds = found !== undefined && kept.every((program) => now[program] === before[program])
  const what = `${says('kubelet')}, ${says('containerd')}, after ${seconds(context.nowMs() - fromMs)}`
  return evidence(context, what, holds, { before, after: now })
}

/** After kubelet's service was stopped: containerd ends with it where that is its service, too. */
export async function programsEnded(
  context: FaultContext,
  machine: Machine,
  before: Programs,
): Promise<Evidence> {
  const { kubelet, containerd } = machine.services
  const now = await programsOf(machine)
  // Whether another process has taken its place by itself is asked of the service, for as long as it is to be down.
  const isGone = (program: Program) => now[program] === undefined || now[program] !== before[program]
  const state = (program: Program) =>
    `${program}, process ${String(before[program] ?? 'none')}, ${isGone(program) ? 'is gone' : 'runs on'}`
  const ended = isGone('kubelet') && (kubelet !== containerd || isGone('containerd'))
  return evidence(context, `${state('kubelet')}; ${state('containerd')}`, ended, { before, after: now })
}

interface SeenContainer {
  readonly pod: SeenPod
  readonly id: string | undefined
  readonly restartCount: number
}

/** What runs on a node, as kubelet last said. */
export async function containersOn(
  access: KubernetesAccess,
  machine: Machine,
): Promise<readonly SeenContainer[]> {
  return (await podsOn(access, machine)).map(seen)
}

const seen = (pod: SeenPod): SeenContainer => {
  const status = pod.status?.containerStatuses?.[0]
  return { pod, id: status?.containerID, restartCount: status?.restartCount ?? 0 }
}

/** Which of them are the same as before. Whether they should be is for the scenario to say. */
export async function containersKept(
  context: FaultContext,
  access: KubernetesAccess,
  before: readonly SeenContainer[],
): Promise<Evidence> {
  const after = await Promise.all(before.map(async (one) => ({ one, now: await lookAgain(access, one.pod) })))
  const same = after.filter(({ one, now }) => {
    const container = now && seen(now)
    return container?.id === one.id && container?.restartCount === one.restartCount
  })
  const others = after.filter((each) => !same.includes(each))
  const changed = others.map(
    ({ one, now }) => `${nameOf(one.pod)} was ${now === undefined ? 'replaced' : 'restarted'}`,
  )
  const what =
    others.length === 0
      ? `all ${counted(before.length, 'container')} of the node are the same as before, none was restarted`
      : `of ${counted(before.length, 'container')} of the node ${changed.join(', ')}`
  return evidence(context, what, true, {
    same: same.map(({ one }) => ({ pod: one.pod.metadata.uid, container: one.id })),
    others: others.map(({ one }) => ({ pod: one.pod.metadata.uid, container: one.id })),
  })
}
