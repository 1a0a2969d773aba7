import { until } from '../../until.js'
import type { ControlPlane, ControllerManager } from '../kubernetes/control-plane.js'
import type { Machine } from '../kubernetes/machine.js'
import { k0sConfig } from './config.js'
import { writeFile } from './install.js'
import { k0s } from './services.js'

const kubectl = ['k0s', 'kubectl'] as const

const controllerManager = 'kube-controller-manager'

/** A k0s controller: its programs are processes that k0s keeps running. */
export function k0sControlPlane(machine: Machine): ControlPlane {
  return { machine, kubectl, controllerManager: controllerManagerOf(machine) }
}

function controllerManagerOf(machine: Machine): ControllerManager {
  return {
    async startedAtMs() {
      const script = `pid=$(pidof -s ${controllerManager}) && echo $(date +%s) $(ps -o etimes= -p $pid)`
      const { stdout } = await machine.exec(['sh', '-c', script], { allowFailure: true })
      const [, now, age] = /^(\d+) +(\d+)$/m.exec(stdout) ?? []
      return now === undefined ? undefined : (Number(now) - Number(age)) * 1000
    },
    async nodeMonitorGracePeriodSeconds() {
      const script = `pid=$(pidof -s ${controllerManager}) && tr '\\0' '\\n' < /proc/$pid/cmdline`
      const { stdout } = await machine.exec(['sh', '-c', script], { allowFailure: true })
      const [, seconds] = /^--node-monitor-grace-period=(\d+)s$/m.exec(stdout) ?? []
      return seconds === undefined ? undefined : Number(seconds)
    },
    async restart({ nodeMonitorGracePeriodSeconds, signal }) {
      const before = await pidOf(machine)
      const config = k0sConfig(machine.address, nodeMonitorGracePeriodSeconds)
      if ((await machine.files.read(k0s.configFile)) === config) {
        await machine.exec(['kill', before], { allowFailure: true })
      } else {
        await writeFile(machine, k0s.configFile, config)
        await machine.exec(['systemctl', 'restart', k0s.controller], { timeoutMs: 120_000 })
      }
      await until('the old controller manager to end', {
        timeoutMs: 60_000,
        signal,
        poll: async () => (await pidOf(machine)) !== before || undefined,
      })
      await until('the controller manager to be there again', {
        timeoutMs: 120_000,
        intervalMs: 500,
        signal,
        poll: async () => (await letBegin(machine)) || undefined,
      })
    },
  }
}

/** A new one need not wait until the old one's lease runs out. False where there is none yet, or no API server. */
async function letBegin(machine: Machine): Promise<boolean> {
  if ((await pidOf(machine)) === '') return false
  const { exitCode } = await machine.exec(
    [
      ...[...kubectl, '--request-timeout', '10s', '--namespace', 'kube-system'],
      ...['delete', 'lease', controllerManager, '--ignore-not-found'],
    ],
    { allowFailure: true },
  )
  return exitCode === 0
}

async function pidOf(machine: Machine): Promise<string> {
  const { stdout } = await machine.exec(['pidof', '-s', controllerManager], { allowFailure: true })
  return stdout.trim()
}
