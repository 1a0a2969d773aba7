import { parseKnob, type Knobs } from '../scenario/knobs.js'
import { describeTarget, type FluentdTarget, type PodTarget } from '../scenario/target.js'
import { type Action } from '../scenario/timeline.js'
import { type ContainerStatus, type Pod } from '../testbed/contract.js'
import { type Evidence } from '../store/result.js'
import { evidence, inEach, podTarget, type FaultContext, type FaultDefinition } from './fault.js'
import {
  comesTrue,
  describeExit,
  describeProcesses,
  sameProcess,
  watchLog,
  type LogWatch,
} from './looking.js'

const running = 'fluentd worker is now running'
const flushing = 'force flushing buffered events'
const reloading = 'Reloading new config'
const reloaded = 'restart fluentd worker'
const notReloaded = /[Ff]ailed to reload config/

type MainSignal = 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2' | 'SIGTERM' | 'SIGKILL'

/** A signal to the first process of the container, Fluentd's supervisor. Proven by what that signal is for. */
export const signal: FaultDefinition = {
  fault: 'signal',
  needs: ['signal-processes'],
  momentary: true,
  inject: inEach(async (target, spec, context) => {
    const name = spec.parameters.signal as MainSignal
    const pod = context.pod(target)
    const knobs = spec.parameters.knobs as Partial<Knobs> | undefined
    const changed = knobs ? await change(target, knobs, context) : []
    const log = await watchLog(context, pod, [running, flushing, reloading, reloaded, notReloaded])
    const before = await pod.status()
    const sent = await pod.signal(name, 'main')
    const got = evidence(
      context,
      `Fluentd's supervisor, ${describeProcesses(sent)}, got ${name}`,
      sent.length === 1,
      {
        processes: sent,
      },
    )
    return { evidence: [...changed, got, ...(await effects[name]({ context, pod, before, log }))] }
  }),
}

/** A signal that makes Fluentd read its configuration, which was changed right before. */
export const changeConfig: FaultDefinition = {
  ...signal,
  fault: 'change-config',
  needs: [...signal.needs, 'node-files'],
  knobProblem({ target, parameters }, knobs) {
    for (const [name, value] of Object.entries(parameters.knobs as Partial<Knobs>)) parseKnob(name, value)
    const own = `${podTarget(target).role}.config` as const
    return knobs[own] === '' ? undefined : `knobs change nothing in a configuration of your own (${own})`
  },
}

/** Writes the configuration anew, as the file of a ConfigMap changes; a container that is restarted has its old one. */
async function change(
  target: FluentdTarget,
  knobs: Partial<Knobs>,
  context: FaultContext,
): Promise<readonly Evidence[]> {
  const { before, after } = await context.changeConfig(target, knobs)
  const had = new Set(before.split('\n'))
  const fresh = after.split('\n').filter((line) => !had.has(line))
  const what = `its configuration file is another: ${fresh.map((line) => line.trim()).join('; ') || 'no new line'}`
  return [evidence(context, what, fresh.length > 0)]
}

interface Before {
  readonly context: FaultContext
  readonly pod: Pod
  readonly before: ContainerStatus
  readonly log: LogWatch
}

const effects: Record<MainSignal, (before: Before) => Promise<Evidence[]>> = {
  SIGHUP: async ({ context, pod, before, log }) => {
    const again = await log.says(running, 90_000)
    const { processes, containerId } = await pod.status()
    const old = before.processes.slice(1)
    const fresh = processes.slice(1).filter((one) => !old.some((other) => sameProcess(one, other)))
    const what = `the old worker, ${describeProcesses(old)}, gave way to a new one, ${describeProcesses(fresh)}`
    return [evidence(context, what, again && fresh.length > 0 && containerId === before.containerId)]
  },
  SIGUSR1: async ({ context, log }) => [
    evidence(context, `Fluentd's log says that it flushes by force`, await log.says(flushing, 30_000)),
  ],
  SIGUSR2: async ({ context, pod, before, log }) => {
    const began = await log.says(reloading, 30_000)
    await comesTrue(
      context,
      60_000,
      async () => (await log.count(reloaded)) + (await log.count(notReloaded)) > 0,
    )
    const done = (await log.count(notReloaded)) === 0 && (await log.count(reloaded)) > 0
    const { processes } = await pod.status()
    const kept = before.processes.every((one) => processes.some((other) => sameProcess(one, other)))
    return [
      evidence(context, `Fluentd's log says that it reloads its configuration`, began),
      evidence(context, 'its log says that the reload came to its end, without an error', done),
      evidence(context, 'its processes are the same as before', kept),
    ]
  },
  SIGTERM: containerReplaced,
  SIGKILL: containerReplaced,
}

async function containerReplaced({ context, pod, before }: Before): Promise<Evidence[]> {
  const fresh = await comesTrue(context, 120_000, async () => {
    const { state, containerId } = await pod.status()
    return state === 'running' && containerId !== before.containerId
  })
  const after = await pod.status()
  const what = `the container ${describeExit(after.lastExit)} and was restarted, process ${String(after.processes[0]?.pid)}`
  return [evidence(context, what, fresh, { container: after })]
}

/** What a scenario says. */
export const signalActions = (target: PodTarget) => {
  const to = (signal: MainSignal, description: string, knobs?: Partial<Knobs>): Action => {
    const settings = Object.entries(knobs ?? {}).map(([knob, value]) => `${knob}=${String(value)}`)
    const changed = settings.length > 0 ? `, changed to ${settings.join(', ')}` : ''
    const fault = knobs ? 'change-config' : 'signal'
    const parameters = { signal, ...(knobs && { knobs }) }
    return {
      type: 'inject',
      spec: { fault, target, description: `${description}${changed} (${signal})`, parameters },
    }
  }
  const name = describeTarget(target)
  return {
    /**
     * SIGHUP: the supervisor ends its worker gracefully and starts one with the configuration read anew, in which knobs
     * can have been changed: `restartWorker({ 'aggregator.flushInterval': '5s' })`.
     */
    restartWorker: (changed?: Partial<Knobs>) => to('SIGHUP', `restart the worker of the ${name}`, changed),
    /** SIGUSR2: the worker builds its pipeline anew from the configuration, changed or not, in the same process. */
    reloadConfig: (changed?: Partial<Knobs>) =>
      to('SIGUSR2', `reload the configuration of the ${name}`, changed),
    /** SIGUSR1: buffers are flushed at once. */
    flush: () => to('SIGUSR1', `flush the buffers of the ${name}`),
    /** The first process ends, gracefully or not, and kubelet restarts the container, in back-off if it does so often. */
    restart: (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => to(signal, `end the container of the ${name}`),
  }
}
