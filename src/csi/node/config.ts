import { z } from 'zod'

export const nodePluginConfigSchema = z.strictObject({
  node: z.string().min(1).describe('as Kubernetes calls it'),
  shared: z.string().startsWith('/').describe('the directory that all nodes share'),
  kubeletDirectory: z.string().startsWith('/').describe('where kubelet keeps pods and plugins'),
})
export type NodePluginConfig = z.infer<typeof nodePluginConfigSchema>
