import { z } from 'zod'

const words = z.array(z.string())
const machineSchema = z.object({
  node: z.string(),
  kubernetesName: z.string(),
  container: z.string(),
  network: z.string(),
  services: z.object({
    kubelet: z.string(),
    containerd: z.string(),
    ctr: words,
    importImages: words,
    pid: z.object({ kubelet: words, containerd: words }),
    kubeletDirectory: z.string(),
  }),
})

export const controllerConfigSchema = z.strictObject({
  kubeconfigPath: z.string().min(1),
  /** A file of this machine. */
  records: z.string().min(1),
  /** Makes and removes the directories of volumes. */
  controlPlane: machineSchema,
  /** Those that volumes are attached to. */
  machines: z.array(machineSchema),
})
export type ControllerConfig = z.infer<typeof controllerConfigSchema>

export const controllerReadySchema = z.object({ pid: z.int() })
