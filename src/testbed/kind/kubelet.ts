import { endedMs, startAnew } from '../kubernetes/kubelet-restart.js'
import type { Machine } from '../kubernetes/machine.js'
import { kindServices } from './services.js'

/**
 * How often kubelet says that its node is there; changed in its file, and kubelet started anew, only where that is needed.
 * Its first file is kept, for what is not said any more. Containers run on meanwhile.
 */
const pace = `
config=/var/lib/kubelet/config.yaml
first=$config.first
[ -e "$first" ] || cp "$config" "$first"
if [ -n "$1" ]; then
  { sed -e '/^nodeLeaseDurationSeconds:/d' -e '/^nodeStatusUpdateFrequency:/d' "$first"
    echo "nodeLeaseDurationSeconds: $1"
    echo "nodeStatusUpdateFrequency: $2s"; } > "$config.new"
else
  cp "$first" "$config.new"
fi
if cmp -s "$config.new" "$config"; then rm "$config.new"; exit; fi
mv "$config.new" "$config" && ${startAnew(kindServices.kubelet)}`

/**
 * Sets it so that a node is late several times before it counts as silent: a lease is renewed at a quarter of its
 * duration. Without a grace period it is as Kubernetes has it. Resolves like `StandingCluster.paceKubelet`.
 */
export async function paceKubelet(
  machine: Machine,
  nodeMonitorGracePeriodSeconds: number | undefined,
): Promise<number | undefined> {
  const grace = nodeMonitorGracePeriodSeconds
  const settings =
    grace === undefined ? [] : [Math.min(40, grace), Math.min(10, Math.max(1, Math.floor(grace / 4)))]
  const { stdout } = await machine.exec(['sh', '-ec', pace, 'sh', ...settings.map(String)])
  return endedMs(stdout)
}
