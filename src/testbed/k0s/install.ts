import { until } from '../../until.js'
import type { ContainerLogPolicy } from '../contract.js'
import { endedMs, startAnew } from '../kubernetes/kubelet-restart.js'
import type { Machine } from '../kubernetes/machine.js'
import { installControllerCommand, installWorkerCommand, k0sConfig, kubeletArguments } from './config.js'
import { k0s } from './services.js'

/** k0s needs more than a few seconds for each, the first time that it unpacks itself. */
const timeoutMs = 180_000

/** Installs and starts the control plane; resolves to a token for workers once its API server gives one out. */
export async function installController(machine: Machine, signal: AbortSignal): Promise<string> {
  await writeFile(machine, k0s.configFile, k0sConfig(machine.address, undefined))
  await machine.exec(installControllerCommand(), { timeoutMs })
  await machine.exec(['k0s', 'start'], { timeoutMs })
  return until(`the control plane of ${machine.container} to take workers`, {
    timeoutMs,
    intervalMs: 500,
    signal,
    poll: async () => {
      const command = ['k0s', 'token', 'create', '--role=worker']
      const { exitCode, stdout } = await machine.exec(command, { allowFailure: true, timeoutMs })
      return exitCode === 0 && stdout.trim() !== '' ? stdout.trim() : undefined
    },
  })
}

/** Installs and starts a worker; it registers when it is ready to. */
export async function installWorker(
  machine: Machine,
  logPolicy: ContainerLogPolicy,
  token: string,
): Promise<void> {
  await writeFile(machine, k0s.tokenFile, token)
  await writeFile(machine, k0s.resolvFile, `nameserver ${machine.address}\n`)
  await makeUnit(machine, kubeletArguments(logPolicy, undefined))
  await machine.exec(['k0s', 'start'], { timeoutMs })
}

/** Makes a worker's unit anew, with the flags that it has, by whatever k0s is there now. */
export async function reinstallWorker(machine: Machine): Promise<void> {
  await makeUnit(machine, (await machine.files.read(argumentsFile)) ?? '')
}

/**
 * Has kubelet say that its node is there often enough for a grace period, by another unit and a new start of k0s, where
 * that is needed. Of leases a worker's flags say nothing. Resolves like `StandingCluster.paceKubelet`.
 */
export async function paceKubelet(
  machine: Machine,
  logPolicy: ContainerLogPolicy,
  nodeMonitorGracePeriodSeconds: number | undefined,
): Promise<number | undefined> {
  const wanted = kubeletArguments(logPolicy, nodeMonitorGracePeriodSeconds)
  if ((await machine.files.read(argumentsFile)) === wanted) return undefined
  await makeUnit(machine, wanted)
  const { stdout } = await machine.exec(['sh', '-c', startAnew(k0s.worker)], { timeoutMs })
  return endedMs(stdout)
}

/** What kubelet was given last, as k0s' flag has it. */
const argumentsFile = '/var/lib/gapless/kubelet-arguments'

async function makeUnit(machine: Machine, kubelet: string): Promise<void> {
  await machine.exec(installWorkerCommand(kubelet), { timeoutMs })
  await writeFile(machine, argumentsFile, kubelet)
}

/** For its owner's eyes only. */
export async function writeFile(machine: Machine, path: string, text: string): Promise<void> {
  const script = 'umask 077 && mkdir -p "$(dirname "$0")" && cat > "$0"'
  await machine.exec(['sh', '-c', script, path], { input: text })
}
