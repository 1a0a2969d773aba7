import { sharedVolumesPath } from '../../csi/names.js'
import { stringify } from 'yaml'
import { markDestination } from '../../docker/owned.js'
import type { ClusterDirectories, ClusterSettings } from '../kubernetes/standing-cluster.js'

/** The cluster's configuration as `kind create cluster --config` takes it. */
export function kindConfig(settings: ClusterSettings, name: string, directories: ClusterDirectories): string {
  const mark = { hostPath: directories.mark, containerPath: markDestination, readOnly: true }
  const volumes = { hostPath: directories.volumes, containerPath: sharedVolumesPath }
  const kubelet = {
    kind: 'KubeletConfiguration',
    containerLogMaxSize: String(settings.logPolicy.maxBytes),
    containerLogMaxFiles: settings.logPolicy.maxFiles,
  }
  const node = (role: string) => ({ role, extraMounts: [mark, volumes] })
  return stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name,
    nodes: [node('control-plane'), ...settings.nodes.map(() => node('worker'))],
    kubeadmConfigPatches: [stringify(kubelet)],
  })
}
