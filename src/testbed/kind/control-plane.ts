import { z } from 'zod'
import { until } from '../../until.js'
import { askKubectl, type ControlPlane, type ControllerManager } from '../kubernetes/control-plane.js'
import type { Machine } from '../kubernetes/machine.js'

/** The words of a command, in a control plane that kind made. */
export const kubectl = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf'] as const

const podsSchema = z.object({
  items: z.array(
    z.object({
      status: z.object({
        containerStatuses: z
          .array(
            z.object({
              state: z.object({ running: z.object({ startedAt: z.string() }).optional() }).optional(),
            }),
          )
          .optional(),
      }),
    }),
  ),
})

/** From which kubelet runs it. */
const manifest = '/etc/kubernetes/manifests/kube-controller-manager.yaml'

/**
 * Another label makes it another pod, which kubelet starts without the back-off of one that is restarted; without the
 * lease of the old one the new one need not wait for it to run out.
 */
const renew = `
manifest=${manifest}
old=$(pidof kube-controller-manager)
sed -e '/gapless\\.dev\\/started/d' -e '/--node-monitor-grace-period=/d' \\
  -e "\${1:+s|^\\( *\\)- kube-controller-manager$|&\\n\\1- --node-monitor-grace-period=$1s|}" \\
  -e "s|^\\( *\\)component: kube-controller-manager$|&\\n\\1gapless.dev/started: \\"$(date +%s)\\"|" \\
  "$manifest" > /etc/kubernetes/gapless-manifest && mv /etc/kubernetes/gapless-manifest "$manifest" || exit 1
for process in $old; do
  while kill -0 "$process" 2>/dev/null; do sleep 0.2; done
done
${kubectl.join(' ')} --request-timeout 10s --namespace kube-system delete lease kube-controller-manager --ignore-not-found`

/** A control plane that kind made: kubeadm's, whose programs are pods. */
export function kindControlPlane(machine: Machine): ControlPlane {
  return { machine, kubectl, controllerManager: controllerManagerOf(machine) }
}

function controllerManagerOf(machine: Machine): ControllerManager {
  return {
    async startedAtMs() {
      const pods = await askKubectl(
        { machine, kubectl },
        ...['get', 'pods', '--namespace', 'kube-system'],
        ...['--selector', 'component=kube-controller-manager', '--output', 'json'],
      )
      const started = podsSchema
        .parse(JSON.parse(pods))
        .items.flatMap(({ status }) => status.containerStatuses ?? [])
        .flatMap(({ state }) => (state?.running ? [Date.parse(state.running.startedAt)] : []))
      return started.length === 0 ? undefined : Math.min(...started)
    },
    async nodeMonitorGracePeriodSeconds() {
      const found = await machine.exec(['sed', '-n', 's/.*--node-monitor-grace-period=//p', manifest])
      const text = found.stdout.trim()
      return text === '' ? undefined : Number.parseInt(text, 10)
    },
    async restart({ nodeMonitorGracePeriodSeconds, signal }) {
      const before = await holder(machine)
      await machine.exec(['sh', '-c', renew, 'sh', nodeMonitorGracePeriodSeconds?.toString() ?? ''])
      await until('the controller manager to be there again', {
        timeoutMs: 90_000,
        intervalMs: 500,
        signal,
        poll: async () => {
          const now = await holder(machine)
          return now !== '' && now !== before ? true : undefined
        },
      })
    },
  }
}

async function holder(machine: Machine): Promise<string> {
  const { stdout } = await machine.exec(
    [
      ...[...kubectl, '--request-timeout', '10s'],
      ...['get', 'lease', 'kube-controller-manager', '--namespace', 'kube-system'],
      ...['--ignore-not-found', '--output', 'jsonpath={.spec.holderIdentity}'],
    ],
    { allowFailure: true },
  )
  return stdout.trim()
}
