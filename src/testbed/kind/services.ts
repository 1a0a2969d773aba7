import type { NodeServices } from '../kubernetes/node-services.js'

const ctr = ['ctr', '--namespace', 'k8s.io'] as const

/** Not everywhere containerd unpacks images for kubelet by overlayfs. */
const importImages = `
snapshotter=$(containerd config dump 2>/dev/null | sed -n "s/^ *snapshotter = [\\"']\\([A-Za-z0-9_-]*\\)[\\"'].*/\\1/p" | head -n 1)
exec ${ctr.join(' ')} images import --snapshotter "\${snapshotter:-overlayfs}" -`

/** What kind's nodes are made of. */
export const kindServices: NodeServices = {
  kubelet: 'kubelet',
  containerd: 'containerd',
  pid: { kubelet: mainPid('kubelet'), containerd: mainPid('containerd') },
  ctr,
  importImages: ['sh', '-c', importImages],
  kubeletDirectory: '/var/lib/kubelet',
}

function mainPid(unit: string): readonly string[] {
  return ['systemctl', 'show', unit, '--property=MainPID', '--value']
}
