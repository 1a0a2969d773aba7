import { z } from 'zod'
import { askKubectl, type ControlPlane } from '../kubernetes/control-plane.js'

const nodesSchema = z.object({
  items: z.array(
    z.object({
      spec: z.object({ podCIDR: z.string().optional() }),
      status: z.object({
        addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
      }),
    }),
  ),
})

/**
 * Lets the API server reach pods, which a controller without workloads has no route to. Where konnectivity runs it takes
 * that way instead.
 */
export async function routeToPods(controlPlane: ControlPlane): Promise<void> {
  const nodes = nodesSchema.parse(
    JSON.parse(await askKubectl(controlPlane, 'get', 'nodes', '--output', 'json')),
  )
  for (const { spec, status } of nodes.items) {
    const address = status.addresses.find(({ type }) => type === 'InternalIP')?.address
    if (spec.podCIDR === undefined || address === undefined) continue
    await controlPlane.machine.exec(['ip', 'route', 'replace', spec.podCIDR, 'via', address])
  }
}
