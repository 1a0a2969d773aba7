import { z } from 'zod'
import { until } from '../../until.js'
import type { Machine } from '../kubernetes/machine.js'
import { kubectl } from './kubectl.js'

const seenSchema = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      status: z.object({
        conditions: z
          .array(z.object({ type: z.string(), lastTransitionTime: z.string().nullish() }))
          .optional(),
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

/**
 * Another label makes it another pod, which kubelet starts without the back-off of one that is restarted; without the
 * lease of the old one the new one need not wait for it to run out.
 */
const renew = `
manifest=/etc/kubernetes/manifests/kube-controller-manager.yaml
old=$(pidof kube-controller-manager)
sed -e '/gapless\\.dev\\/started/d' -e "s|^\\( *\\)component: kube-controller-manager$|&\\n\\1gapless.dev/started: \\"$(date +%s)\\"|" \\
  "$manifest" > /etc/kubernetes/gapless-manifest && mv /etc/kubernetes/gapless-manifest "$manifest" || exit 1
for process in $old; do
  while kill -0 "$process" 2>/dev/null; do sleep 0.2; done
done
${kubectl.join(' ')} --namespace kube-system delete lease kube-controller-manager --ignore-not-found`

/**
 * Starts the controller manager anew where a node's readiness has changed in its life. That of Kubernetes 1.20 may
 * remember such a node as one that it has tainted with NoExecute already: it never does so again, and the node's pods
 * are never evicted. A run must not depend on what became of the nodes before it.
 */
export async function freshNodeController(
  controlPlane: Machine,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: (text: string) => void },
): Promise<void> {
  const { stdout: pods } = await controlPlane.exec([
    ...kubectl,
    ...['get', 'pods', '--namespace', 'kube-system'],
    ...['--selector', 'component=kube-controller-manager', '--output', 'json'],
  ])
  const { stdout: nodes } = await controlPlane.exec([...kubectl, 'get', 'nodes', '--output', 'json'])
  if (!isStale([...items(pods), ...items(nodes)])) return
  onProgress?.('Starting the controller manager anew, as nodes have changed')
  const before = await holder(controlPlane)
  await controlPlane.exec(['sh', '-c', renew])
  await until('the controller manager to be there again', {
    timeoutMs: 90_000,
    intervalMs: 500,
    signal,
    poll: async () => {
      const now = await holder(controlPlane)
      return now !== '' && now !== before ? true : undefined
    },
  })
}

type Seen = z.infer<typeof seenSchema>['items'][number]

const items = (json: string): readonly Seen[] => seenSchema.parse(JSON.parse(json)).items

/** Whether a node became Ready, or ceased to be, after the controller manager had started. */
export function isStale(objects: readonly Seen[]): boolean {
  const started = objects
    .flatMap(({ status }) => status.containerStatuses ?? [])
    .map(({ state }) => Date.parse(state?.running?.startedAt ?? ''))
  const changed = objects
    .filter(({ kind }) => kind === 'Node')
    .flatMap(({ status }) => status.conditions ?? [])
    .filter(({ type }) => type === 'Ready')
    .map(({ lastTransitionTime }) => Date.parse(lastTransitionTime ?? ''))
  // One that does not run, or that nobody can tell the age of, is started anew as well.
  return !(Math.max(...changed) < Math.min(...started))
}

async function holder(controlPlane: Machine): Promise<string> {
  const { stdout } = await controlPlane.exec(
    [
      ...kubectl,
      ...['get', 'lease', 'kube-controller-manager', '--namespace', 'kube-system'],
      ...['--ignore-not-found', '--output', 'jsonpath={.spec.holderIdentity}'],
    ],
    { allowFailure: true },
  )
  return stdout.trim()
}
