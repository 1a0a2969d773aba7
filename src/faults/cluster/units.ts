import { type Evidence } from '../../store/result.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { seconds } from '../../words.js'
import { evidence, type FaultContext } from '../fault.js'

/** A program of a node that systemd runs, by whatever unit. */
export type Unit = 'kubelet' | 'containerd'

/** As its unit is called, and what it is for, where that does not say so. */
function nameOf(machine: Machine, unit: Unit): string {
  const name = machine.services[unit]
  return name === unit ? `${unit} on ${machine.node}` : `${name}, which runs ${unit}, on ${machine.node}`
}

export interface UnitState {
  /** systemd's ActiveState: active, inactive, failed, activating … */
  readonly active: string
  readonly pid: number
  /** When it last came up, by the machine's steady clock: another one after every start. */
  readonly startedAt: string
}

export async function unitState(machine: Machine, unit: Unit): Promise<UnitState> {
  const { stdout } = await machine.exec([
    'systemctl',
    'show',
    machine.services[unit],
    '--property=ActiveState,MainPID,ActiveEnterTimestampMonotonic',
  ])
  const found = new Map(stdout.split('\n').map((line) => line.split('=') as [string, string]))
  return {
    active: found.get('ActiveState') ?? 'unknown',
    pid: Number(found.get('MainPID')),
    startedAt: found.get('ActiveEnterTimestampMonotonic') ?? '',
  }
}

export async function stopUnit(machine: Machine, unit: Unit): Promise<void> {
  await machine.exec(['systemctl', 'stop', machine.services[unit]], { timeoutMs: 100_000 })
}

/** Does nothing where it runs, or where the machine is off: it starts with the machine. */
export async function startUnit(machine: Machine, unit: Unit): Promise<void> {
  if ((await machine.state()) !== 'running') return
  await machine.exec(['systemctl', 'start', machine.services[unit]], { timeoutMs: 100_000 })
}

export interface StoppedUnit {
  readonly stoppedAtMs: number
  readonly evidence: Evidence
  /** Why it is not down any more, in words; undefined as long as it is. */
  cameBack(): Promise<string | undefined>
}

/** Stops a unit and looks whether it is. Whether it stays so has to be asked again. */
export async function stopAndWatch(
  context: FaultContext,
  machine: Machine,
  unit: Unit,
): Promise<StoppedUnit> {
  const before = await unitState(machine, unit)
  const stoppedAtMs = context.nowMs()
  await stopUnit(machine, unit)
  const after = await unitState(machine, unit)
  const down = before.active === 'active' && isDown(after)
  const name = nameOf(machine, unit)
  const what =
    before.active === 'active'
      ? `${name}, process ${String(before.pid)}, was stopped: its unit is ${after.active}`
      : `${name} did not run before: its unit was ${before.active}`
  return {
    stoppedAtMs,
    evidence: evidence(context, what, down, { before, after, tookMs: context.nowMs() - stoppedAtMs }),
    async cameBack() {
      const now = await unitState(machine, unit)
      if (isDown(now) && now.startedAt === before.startedAt) return undefined
      return isDown(now)
        ? `${name} was started meanwhile, and ended again`
        : `${name} came back by itself: its unit is ${now.active}, process ${String(now.pid)}`
    },
  }
}

const isDown = ({ active, pid }: UnitState) => ['inactive', 'failed'].includes(active) && pid === 0

/** For the end of it: whether it stayed down all the time. */
export async function stayedDown(context: FaultContext, unit: Unit, stopped: StoppedUnit): Promise<Evidence> {
  const lastedMs = context.nowMs() - stopped.stoppedAtMs
  const back = await stopped.cameBack()
  return evidence(context, back ?? `${unit} stayed down for ${seconds(lastedMs)}`, back === undefined, {
    lastedMs,
  })
}
