import { sharedVolumesPath } from '../../csi/names.js'
import { stringify } from 'yaml'
import { markDestination } from '../../docker/owned.js'
import type { ClusterDirectories, ClusterSettings } from '../kubernetes/standing-cluster.js'

/** The cluster's configuration as `kind create cluster --config` takes it. */
export function kindConfig(settings: ClusterSettings, name: string, directories: ClusterDirectories): string {
  const mark = { hostPath: directories.mark, containerPath: markDestination, readOnly: true }
  const volumes = { hostPath: directories.volumes, containerPath: sharedVolumesPath }
  const node = (role: string) => ({ role, extraMounts: [mark, volumes] })
  return stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name,
    nodes: [node('control-plane'), ...settings.nodes.map(() => node('worker'))],
    kubeadmConfigPatches: patches(settings).map((patch) => stringify(patch)),
  })
}

/** Which of them apply kind decides, by the version of kubeadm's configuration that it writes. */
function patches({ logPolicy, timings = {} }: ClusterSettings): readonly object[] {
  const grace = timings.nodeMonitorGracePeriodSeconds
  const controllerManager = argumentsOf({ 'node-monitor-grace-period': inSeconds(grace) })
  const apiServer = argumentsOf({
    'default-not-ready-toleration-seconds': timings.notReadyTolerationSeconds?.toString(),
    'default-unreachable-toleration-seconds': timings.unreachableTolerationSeconds?.toString(),
  })
  const kubelet = {
    kind: 'KubeletConfiguration',
    containerLogMaxSize: String(logPolicy.maxBytes),
    containerLogMaxFiles: logPolicy.maxFiles,
    // A node is to be late several times before it counts as silent: kubelet renews its lease at a quarter of this.
    ...(grace === undefined
      ? {}
      : {
          nodeLeaseDurationSeconds: Math.min(40, grace),
          nodeStatusUpdateFrequency: inSeconds(Math.min(10, Math.max(1, Math.floor(grace / 4)))),
        }),
  }
  if (Object.keys({ ...controllerManager, ...apiServer }).length === 0) return [kubelet]
  const asMap = ['v1beta2', 'v1beta3'].map((version) => ({
    kind: 'ClusterConfiguration',
    apiVersion: `kubeadm.k8s.io/${version}`,
    controllerManager: { extraArgs: controllerManager },
    apiServer: { extraArgs: apiServer },
  }))
  const asList = {
    kind: 'ClusterConfiguration',
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    controllerManager: { extraArgs: listOf(controllerManager) },
    apiServer: { extraArgs: listOf(apiServer) },
  }
  return [kubelet, ...asMap, asList]
}

function argumentsOf(all: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function listOf(all: Readonly<Record<string, string>>): readonly object[] {
  return Object.entries(all).map(([name, value]) => ({ name, value }))
}

function inSeconds(seconds: number): string
function inSeconds(seconds: number | undefined): string | undefined
function inSeconds(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : `${seconds}s`
}
