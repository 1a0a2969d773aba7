import type { NodeServices } from '../kubernetes/node-services.js'

/** Where k0s keeps things, and how it is called: all that faults and testbed know of it is here. */
export const k0s = {
  program: '/usr/local/bin/k0s',
  dataDirectory: '/var/lib/k0s',
  runDirectory: '/run/k0s',
  configFile: '/etc/k0s/k0s.yaml',
  tokenFile: '/etc/k0s/k0stoken',
  /** Whom pods ask for names from outside of the cluster. */
  resolvFile: '/etc/k0s/resolv.conf',
  /**
   * Components of k0s that clusters are made without: the API server is to reach nodes and pods by itself, as elsewhere,
   * not through agents of konnectivity, one of which may be on the very node that a fault hits.
   */
  leftOut: ['konnectivity-server', 'metrics-server'],
  /** systemd's units. */
  controller: 'k0scontroller',
  worker: 'k0sworker',
} as const

/** What k0s' workers are made of: one service runs kubelet and containerd. */
export const k0sServices: NodeServices = {
  kubelet: k0s.worker,
  containerd: k0s.worker,
  pid: { kubelet: pidIn('kubelet'), containerd: pidIn('containerd') },
  ctr: ['k0s', 'ctr', '--namespace', 'k8s.io'],
  // Not by its folder for images: that is looked into some seconds later, and again at every start of k0s, before kubelet.
  importImages: ['k0s', 'ctr', '--namespace', 'k8s.io', 'images', 'import', '-'],
  kubeletDirectory: `${k0s.dataDirectory}/kubelet`,
}

/** k0s takes the file away when the program has ended. */
function pidIn(program: string): readonly string[] {
  return ['sh', '-c', `cat ${k0s.runDirectory}/${program}.pid 2>/dev/null || true`]
}
