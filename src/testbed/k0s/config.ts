import { stringify } from 'yaml'
import type { ContainerLogPolicy } from '../contract.js'
import { k0s } from './services.js'

/** What a controller is configured with: k0s.yaml. */
export function k0sConfig(address: string, nodeMonitorGracePeriodSeconds: number | undefined): string {
  const grace = nodeMonitorGracePeriodSeconds
  const controllerManager =
    grace === undefined ? {} : { extraArgs: { 'node-monitor-grace-period': `${String(grace)}s` } }
  return stringify({
    apiVersion: 'k0s.k0sproject.io/v1beta1',
    kind: 'ClusterConfig',
    metadata: { name: 'k0s' },
    spec: {
      api: { address, sans: [address, '127.0.0.1'] },
      controllerManager,
      images: { default_pull_policy: 'IfNotPresent' },
      telemetry: { enabled: false },
    },
  })
}

/** The words of a command: makes a controller's unit. */
export function installControllerCommand(): readonly string[] {
  const { configFile, leftOut } = k0s
  return ['k0s', 'install', 'controller', '--config', configFile, '--disable-components', leftOut.join(',')]
}

/** The words of a command: makes a worker's unit, in place of the one before where there is one (k0s v1.24). */
export function installWorkerCommand(kubelet: string): readonly string[] {
  return [
    ...['k0s', 'install', 'worker', '--force', '--token-file', k0s.tokenFile],
    `--kubelet-extra-args=${kubelet}`,
  ]
}

/** What of kubelet's settings a worker's flags may say. */
export function kubeletArguments(
  { maxBytes, maxFiles }: ContainerLogPolicy,
  nodeMonitorGracePeriodSeconds: number | undefined,
): string {
  const logs = `--container-log-max-size=${String(maxBytes)} --container-log-max-files=${String(maxFiles)}`
  const always = `${logs} --resolv-conf=${k0s.resolvFile}`
  if (nodeMonitorGracePeriodSeconds === undefined) return always
  // A node is to be late several times before it counts as silent.
  const everySeconds = Math.min(10, Math.max(1, Math.floor(nodeMonitorGracePeriodSeconds / 4)))
  return `${always} --node-status-update-frequency=${String(everySeconds)}s`
}
