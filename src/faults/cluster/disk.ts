import { type Action } from '../../scenario/timeline.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { limitedDisk } from '../../testbed/kubernetes/limited-disk.js'
import { hostStatePath } from '../../testbed/kubernetes/node-paths.js'
import { conditionOf } from '../../testbed/kubernetes/objects.js'
import { counted } from '../../words.js'
import { evidence, type FaultContext, type FaultDefinition } from '../fault.js'
import { accessOf, eventually, machineOf } from './access.js'
import { breaking } from './mending.js'
import { nodeObject, podsSettled } from './nodes.js'
import { nameOf, podsOn } from './pods.js'

const unit = 'gapless-fill'
const file = '.filled-on-purpose'

/** Goes on only where it stands on the limited file system: another one is the disk of somebody's machine. */
const enter = `cd ${limitedDisk.directory} && [ "$(stat --file-system --format %T .)" = tmpfs ] || exit 9`

/** Takes at once what is freed, as whatever fills a disk does. Its directory stays its own, also when unmounted. */
const fill = `${enter}
while grep -q '^${limitedDisk.source} ' /proc/mounts; do
  head -c "$1" /dev/zero 2>/dev/null >> ./${file}
  sleep 0.1
done`

/**
 * The disk of a node is full, as far as logs, buffers and volumes are on it (knob node.diskSize): something else fills
 * it and keeps filling it. Proven by no free byte being left and a write that is refused, then and at its end. What
 * Kubernetes makes of it is told as it is seen: kubelet looks at the disk that it is on itself. Healed by removing
 * what was written.
 */
export const nodeDiskFilled: FaultDefinition = {
  fault: 'node-disk-filled',
  needs: ['kubernetes'],
  targets: ['node'],
  knobProblem: (_, knobs) =>
    knobs['node.diskSize'] === '0'
      ? 'only a disk with a size of its own can be filled: set the knob node.diskSize, for example to 32m'
      : undefined,
  inject(spec, context) {
    const machine = machineOf(context, spec.target)
    const undo = { what: `free the disk of ${machine.node}`, undo: () => empty(machine) }
    return breaking(accessOf(context), undo, async () => {
      const before = await space(machine)
      await machine.exec([
        ...['systemd-run', '--quiet', '--collect', `--unit=${unit}`],
        ...['sh', '-c', fill, 'sh', String(before.total)],
      ])
      const after = await fullWithin(machine, 20_000)
      const what = `${machine.node} had ${counted(before.free, 'byte')} free of ${counted(before.total, 'byte')} and has ${counted(after.free, 'byte')}`
      return {
        evidence: [
          evidence(context, what, before.free > 0 && after.free === 0, { before, after }),
          await refusal(context, machine),
        ],
        async heal() {
          const still = await space(machine)
          const pressure = await saidByKubelet(context, machine)
          await empty(machine)
          const freed = await space(machine)
          return [
            evidence(context, `${counted(still.free, 'byte')} were free at its end`, still.free === 0),
            pressure,
            evidence(context, `${counted(freed.free, 'byte')} are free again`, freed.free > 0, { freed }),
            await podsSettled(context, machine),
          ]
        },
      }
    })
  },
}

interface Space {
  readonly total: number
  readonly free: number
}

/** Throws where the node has no limited disk, or has lost it with its power. */
async function space(machine: Machine): Promise<Space> {
  const { stdout } = await machine.exec([
    ...['sh', '-c', `${enter}\nstat --file-system --format '%S %b %a' .`],
  ])
  const [block = 0, total = 0, free = 0] = stdout.trim().split(' ').map(Number)
  return { total: block * total, free: block * free }
}

/** What there was when it was full; else what there was last. */
async function fullWithin(machine: Machine, timeoutMs: number): Promise<Space> {
  let last = await space(machine)
  await eventually(
    async () => {
      last = await space(machine)
      return last.free === 0 ? true : undefined
    },
    { timeoutMs },
  )
  return last
}

/** Somebody else's write, where forwarders keep their state. */
async function refusal(context: FaultContext, machine: Machine) {
  const probe = `${hostStatePath}/.write-on-purpose`
  const script = `head -c 65536 /dev/zero > ${probe}; status=$?; rm -f ${probe}; exit $status`
  const { exitCode, stderr } = await machine.exec(['sh', '-c', script], { allowFailure: true })
  const refused = exitCode !== 0 && stderr.includes('No space left on device')
  const what = refused
    ? `a write to it was refused: ${stderr.trim()}`
    : `a write to it was not refused for want of space: status ${String(exitCode)} ${stderr.trim()}`
  return evidence(context, what, refused, { exitCode, stderr })
}

async function saidByKubelet(context: FaultContext, machine: Machine) {
  const access = accessOf(context)
  const node = await nodeObject(access, machine)
  const pressure = node && conditionOf(node, 'DiskPressure')
  const evicted = (await podsOn(access, machine)).filter(({ status }) => status?.reason === 'Evicted')
  const what = `kubelet, which is on another disk itself, says DiskPressure=${pressure?.status ?? '?'} (${pressure?.reason ?? '?'}) and has evicted ${counted(evicted.length, 'pod')}`
  return evidence(context, what, true, { pressure, evicted: evicted.map(nameOf) })
}

/** Can be done twice; a machine that went off has forgotten all of it. */
async function empty(machine: Machine): Promise<void> {
  if ((await machine.state()) !== 'running') return
  await machine.exec(['systemctl', 'stop', unit], { allowFailure: true })
  await machine.exec(['sh', '-c', `${enter}\nrm -f ./${file}`], { allowFailure: true })
}

/** What a scenario says. */
export const nodeDiskActions = (node: string) => {
  const target = { role: 'node', node } as const
  return {
    /** Fills the node's disk (knob node.diskSize) until `freeDisk`. */
    fillDisk: (): Action => ({
      type: 'inject',
      spec: {
        fault: 'node-disk-filled',
        target,
        description: `fill the disk of ${node}`,
        parameters: {},
      },
    }),
    freeDisk: (): Action => ({
      type: 'heal',
      heals: 'node-disk-filled',
      target,
      description: `free the disk of ${node}`,
    }),
  }
}
