import type { ControlPlane } from '../kubernetes/control-plane.js'

const unit = 'gapless-pod-routes'

/** A node's range of pod addresses and its own address, a line whenever anything of a node changes. */
const rangeAndAddress =
  '{{with .spec.podCIDR}}{{.}} {{range $.status.addresses}}' +
  '{{if eq .type "InternalIP"}}{{.address}}{{end}}{{end}}{{"\\n"}}{{end}}'

/** kubectl's words first. */
const follow = `
"$@" get nodes --watch --output 'go-template=${rangeAndAddress}' | while read -r range address; do
  [ -z "$address" ] || ip route replace "$range" via "$address"
done`

/**
 * Lets the API server reach pods, which a controller without workloads and konnectivity has no route to, also once a node
 * has registered anew with another range.
 */
export async function keepRoutesToPods({ machine, kubectl }: ControlPlane): Promise<void> {
  const { stdout } = await machine.exec(['systemctl', 'show', unit, '--property=LoadState', '--value'])
  if (stdout.trim() === 'loaded') return
  await machine.exec([
    ...['systemd-run', '--unit', unit, '--property', 'Restart=always', '--property', 'RestartSec=3'],
    ...['sh', '-c', follow, 'sh', ...kubectl],
  ])
}
